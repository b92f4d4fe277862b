import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseFunction } from './arn.ts'
import { invoke, type Lambda } from './lambda/invoke.ts'

/** A queue that a function takes from. `batchMs`: how long a batch is waited for; `most`: messages of one. */
export type EventSource = { functionName: string; batchMs?: number; most?: number; deadLetters?: unknown[] }

type Message = { messageId: string; body: string; received: number }

/** Source: Lambda Developer Guide, services-sqs-configure. */
const MOST_RECEIVED = 5

/**
 * SQS queues by ARN, as event sources of functions: what is sent comes in batches, those that the function names come
 * again, all of them where it throws, and what has come too often goes to the dead letters.
 */
export function queues(
  sources: Map<string, EventSource>,
  lambda: Lambda,
): (arn: string, body: string) => void {
  const waiting = new Map<string, Message[]>()

  async function deliver(arn: string, { functionName, most = 10, deadLetters = [] }: EventSource) {
    const messages = waiting.get(arn)?.splice(0, most) ?? []
    if (messages.length === 0) return
    const Records = messages.map(({ messageId, body }) => ({
      ...{ messageId, body, receiptHandle: messageId, eventSource: 'aws:sqs', eventSourceARN: arn },
    }))
    const again = await failedOf(functionName, Records)
    for (const message of messages.filter(({ messageId }) => again === 'all' || again.includes(messageId))) {
      message.received++
      if (message.received >= MOST_RECEIVED) deadLetters.push(JSON.parse(message.body))
      else enqueue(arn, message)
    }
    if ((waiting.get(arn)?.length ?? 0) > 0) await deliver(arn, { functionName, most, deadLetters })
  }

  async function failedOf(functionName: string, Records: object[]): Promise<string[] | 'all'> {
    const { name } = parseFunction(functionName)
    const request = {
      functionName: name,
      type: 'RequestResponse' as const,
      payload: JSON.stringify({ Records }),
    }
    const { outcome } = await invoke(lambda, request)
    if (outcome === undefined || 'error' in outcome) return 'all'
    const { batchItemFailures = [] } = (JSON.parse(outcome.result) ?? {}) as {
      batchItemFailures?: { itemIdentifier: string }[]
    }
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  }

  function enqueue(arn: string, message: Message) {
    const there = waiting.get(arn) ?? []
    waiting.set(arn, [...there, message])
    const source = sources.get(arn)
    if (there.length > 0 || !source) return
    lambda.background(async () => {
      await sleep(source.batchMs ?? 0, undefined, { signal: lambda.signal })
      await deliver(arn, source)
    })
  }

  return (arn, body) => enqueue(arn, { messageId: randomUUID(), body, received: 0 })
}
