import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import dynalite from 'dynalite'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { type Answer, type Ask, asksAs } from './dynamodb/ask.ts'
import { openLanes } from './dynamodb/lanes.ts'
import { partly } from './dynamodb/partial.ts'
import { openTransactions } from './dynamodb/transact.ts'
import { type LocalService, parseJson } from './http.ts'

/** What dynalite serves; anything else would come back as an UnknownOperationException without a name. */
const ACTIONS = new Set(
  (
    'BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable DescribeTimeToLive GetItem ' +
    'ListTables PutItem Query Scan TagResource UntagResource ListTagsOfResource UpdateItem UpdateTable'
  ).split(' '),
)

/** DynamoDB: dynalite's request handler behind our endpoint, in memory, tables ready at once; transactions are ours. */
export function dynamodb(): LocalService {
  const handler = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  const lanes = openLanes()
  const transact = openTransactions()
  return {
    name: 'dynamodb',
    recognise(request) {
      const [service, action] = request.header('x-amz-target')?.split('.') ?? []
      return service === 'DynamoDB_20120810' ? action : undefined
    },
    async raw(action, body, request, response, fault) {
      const { method, url, headers } = request
      const ask = asksAs(handler, headers)
      if (action === 'TransactWriteItems') {
        const input = parseJson(body) as Parameters<typeof transact>[0]
        return send(response, await lanes.alone(() => transact(input, ask)))
      }
      if (action === 'CreateTable') return send(response, await createTable(parseJson(body), ask))
      if (!ACTIONS.has(action)) {
        throw new AwsError(
          'UnknownOperationException',
          `The local DynamoDB does not know the action ${action}.`,
        )
      }
      if (fault?.kind === 'partial' && action === 'BatchGetItem') {
        return send(response, await partly(parseJson(body) as Parameters<typeof partly>[0], ask))
      }
      await lanes.beside(() => {
        const done = ended(response)
        // Not the request itself: dynalite throws out of its error event when a client goes away.
        handler.emit('request', Object.assign(Readable.from([body]), { method, url, headers }), response)
        return done
      })
    },
    handle: () => Promise.reject(new Error('dynalite answers itself')),
  }
}

/** Answers once the table is there: dynalite answers before, and would not know it for a moment. */
async function createTable(input: unknown, ask: Ask): Promise<Answer> {
  const answer = await ask('CreateTable', input)
  const { TableName } = input as { TableName?: string }
  const isActive = async () => {
    const { body } = await ask('DescribeTable', { TableName })
    return (body as { Table?: { TableStatus?: string } }).Table?.TableStatus === 'ACTIVE'
  }
  while (answer.status === 200 && !(await isActive())) await setImmediate()
  return answer
}

/** Resolves once somebody answers, whether or not anybody still hears it. */
function ended(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse
    response.end = (...args: unknown[]) => {
      resolve()
      return end(...args)
    }
  })
}

function send(response: ServerResponse, { status, body }: Answer) {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify(body))
}
