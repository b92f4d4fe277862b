/**
 * CheckpointDurableExecution and GetDurableExecutionState over HTTP: for durable functions that run in processes of
 * their own, as on Lambda. A checkpoint token is good for one checkpoint of the invocation under way: one that was
 * given up and lives all the same changes nothing any more. The same `ClientToken` again is the same request.
 * Source: Lambda API reference, CheckpointDurableExecution.
 */
import { randomUUID } from 'node:crypto'
import type { DurableExecutionClient } from '@aws/durable-execution-sdk-js'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'

type Checkpoint = Parameters<DurableExecutionClient['checkpoint']>[0]
type Checkpointed = Awaited<ReturnType<DurableExecutionClient['checkpoint']>>

export type Wire = {
  /** An invocation of this execution begins: the token of its first checkpoint. Ends the one before it. */
  begin(arn: string, client: DurableExecutionClient): string
  /** @throws AwsError InvalidParameterValueException */
  checkpoint(arn: string, request: Partial<Checkpoint>): Promise<object>
  /** @throws AwsError InvalidParameterValueException */
  state(arn: string, token: string): Promise<object>
}

type Open = { client: DurableExecutionClient; token: string; answered: Map<string, Promise<object>> }

export function durableWire(): Wire {
  const open = new Map<string, Open>()

  function invocationOf(arn: string, token: string | undefined): Open {
    const found = open.get(arn)
    if (found === undefined || found.token !== token) {
      throw new AwsError(
        'InvalidParameterValueException',
        'Invalid checkpoint token: it is not the latest one.',
      )
    }
    return found
  }

  return {
    begin(arn, client) {
      const token = randomUUID()
      open.set(arn, { client, token, answered: open.get(arn)?.answered ?? new Map() })
      return token
    },
    async checkpoint(arn, { CheckpointToken, ClientToken, Updates = [] }) {
      const known = ClientToken === undefined ? undefined : open.get(arn)?.answered.get(ClientToken)
      if (known) return known
      const invocation = invocationOf(arn, CheckpointToken)
      const next = randomUUID()
      invocation.token = next
      const request = { DurableExecutionArn: arn, CheckpointToken, Updates }
      const answer = invocation.client.checkpoint(request).then(
        (done: Checkpointed) => onWire({ ...done, CheckpointToken: next }),
        (error: Error) => {
          throw new AwsError('InvalidParameterValueException', error.message)
        },
      )
      if (ClientToken !== undefined) invocation.answered.set(ClientToken, answer)
      return answer
    },
    async state(arn, token) {
      const { client } = invocationOf(arn, token)
      const { Operations = [] } = await client.getExecutionState({
        DurableExecutionArn: arn,
        CheckpointToken: token,
      })
      return onWire({ Operations })
    },
  }
}

/** Instants as REST JSON writes them: epoch seconds. */
function onWire(value: object): object {
  return JSON.parse(
    JSON.stringify(value, function (key: string, plain: unknown) {
      const given: unknown = (this as Record<string, unknown>)[key]
      return given instanceof Date ? given.getTime() / 1000 : plain
    }),
  )
}
