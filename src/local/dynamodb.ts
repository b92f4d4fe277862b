import { Readable } from 'node:stream'
import dynalite from 'dynalite'
import { AwsError } from './error.ts'
import type { LocalService } from './http.ts'

/** What dynalite serves; anything else would come back as an UnknownOperationException without a name. */
const ACTIONS = new Set(
  (
    'BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable DescribeTimeToLive GetItem ' +
    'ListTables PutItem Query Scan TagResource UntagResource ListTagsOfResource UpdateItem UpdateTable'
  ).split(' '),
)

/** DynamoDB: dynalite's request handler behind our endpoint, in memory, tables ready at once. */
export function dynamodb(): LocalService {
  const handler = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  return {
    name: 'dynamodb',
    recognise(request) {
      const [service, action] = request.header('x-amz-target')?.split('.') ?? []
      return service === 'DynamoDB_20120810' ? action : undefined
    },
    raw(action, body, request, response) {
      if (!ACTIONS.has(action)) {
        throw new AwsError(
          'UnknownOperationException',
          `The local DynamoDB does not know the action ${action}.`,
        )
      }
      // Not the request itself: dynalite throws out of its error event when a client goes away.
      const { method, url, headers } = request
      handler.emit('request', Object.assign(Readable.from([body]), { method, url, headers }), response)
    },
    handle: () => Promise.reject(new Error('dynalite answers itself')),
  }
}
