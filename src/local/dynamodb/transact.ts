import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import type { Answer, Ask } from './ask.ts'

type Item = Record<string, unknown>
type Write = { TableName: string; Key?: Item; Item?: Item } & Record<string, unknown>
type Input = { TransactItems: Record<string, Write>[]; ClientRequestToken?: string }

const ACTIONS: Record<string, string> = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' }

/** Source: DynamoDB API reference, TransactWriteItems. */
const MOST_ITEMS = 100

/**
 * TransactWriteItems, which dynalite has not: all of it or nothing, by putting back what was there. The same token again
 * is the same transaction. Whoever calls this sees to it that nothing else runs meanwhile.
 * Source: DynamoDB API reference, TransactWriteItems.
 */
export function openTransactions() {
  const done = new Set<string>()
  return async ({ TransactItems, ClientRequestToken: token }: Input, ask: Ask): Promise<Answer> => {
    if (token !== undefined && done.has(token)) return { status: 200, body: {} }
    const writes = writesOf(TransactItems)
    const undo: (() => Promise<unknown>)[] = []
    const seen = new Set<string>()
    for (const [index, { action, write }] of writes.entries()) {
      const Key = write.Key ?? (await keyOf(write, ask))
      const name = JSON.stringify([write.TableName, Key])
      if (seen.has(name)) {
        await back(undo)
        throw new AwsError(
          'ValidationException',
          'Transaction request cannot include multiple operations on one item',
        )
      }
      seen.add(name)
      const before = await ask('GetItem', { TableName: write.TableName, Key, ConsistentRead: true })
      const answer = await ask(action, write)
      if (answer.status !== 200) {
        await back(undo)
        return refused(answer, index, writes.length)
      }
      undo.push(() =>
        before.body.Item
          ? ask('PutItem', { TableName: write.TableName, Item: before.body.Item })
          : ask('DeleteItem', { TableName: write.TableName, Key }),
      )
    }
    if (token !== undefined) done.add(token)
    return { status: 200, body: {} }
  }
}

function writesOf(items: Input['TransactItems']) {
  if (items.length > MOST_ITEMS)
    throw new AwsError('ValidationException', `A transaction has at most ${MOST_ITEMS} items`)
  return items.map(writeOf)
}

function writeOf(asked: Record<string, Write>): { action: string; write: Write } {
  const [[kind = '', write] = []] = Object.entries(asked)
  const action = ACTIONS[kind]
  if (!action || !write) {
    throw new AwsError('UnknownOperationException', `The local DynamoDB does not transact ${kind}.`)
  }
  return { action, write }
}

async function keyOf({ TableName, Item = {} }: Write, ask: Ask): Promise<Item> {
  const { body } = await ask('DescribeTable', { TableName })
  const { KeySchema = [] } = (body.Table ?? {}) as { KeySchema?: { AttributeName: string }[] }
  return Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, Item[AttributeName]]))
}

async function back(undo: (() => Promise<unknown>)[]) {
  for (const step of undo.reverse()) await step()
}

/** A condition that did not hold cancels the transaction; any other error is its own answer. */
function refused(answer: Answer, at: number, count: number): Answer {
  const type = String(answer.body.__type)
  if (!type.endsWith('ConditionalCheckFailedException')) return answer
  const reasons = Array.from({ length: count }, (_, index) =>
    index === at
      ? { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' }
      : { Code: 'None' },
  )
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return {
    status: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      CancellationReasons: reasons,
    },
  }
}
