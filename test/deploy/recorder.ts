import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ACCOUNT, REGION } from '../../src/local/arn.ts'
import { callerOf } from '../../src/local/caller.ts'
import { forwardsTo } from '../chaos/upstream.ts'
import type { Request } from './policy.ts'

/** By its access key whose request it is: handlers in the same process have keys of their own, as sessions in other accounts do. */
const PERSON = 'person'

/** A way to the local AWS that writes down what each request of a person's asks of IAM. */
export async function startRecorder(upstream: string) {
  const forward = forwardsTo(upstream)
  const calls: Request[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request)
      const { service, accessKeyId } = callerOf(request.headers.authorization)
      if (accessKeyId === PERSON) calls.push(...requestsOf(request, service, body.toString()))
      const { status, headers, body: answer } = await forward(request, body)
      response.writeHead(status, { ...headers, 'content-length': answer.length })
      response.end(answer)
    })().catch((error: unknown) => response.destroy(error as Error))
  })
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    calls,
    env: (of: Record<string, string>) => ({
      ...Object.fromEntries(Object.entries(of).map(([name, it]) => [name, it === upstream ? endpoint : it])),
      AWS_ACCESS_KEY_ID: PERSON,
    }),
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      forward.stop()
    },
  }
}

const arn = (service: string, rest: string, region = REGION) =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`

/** Source: Service Authorization Reference: which action each operation asks for, on which resource. */
function requestsOf(request: IncomingMessage, service: string, body: string): Request[] {
  const target = String(request.headers['x-amz-target'] ?? '').split('.')[1]
  if (target !== undefined) return jsonRequests(service, target, JSON.parse(body || '{}'))
  const form = new URLSearchParams(body)
  const action = form.get('Action')
  if (action !== null) {
    // It needs no permission. Source: STS API reference, GetCallerIdentity.
    if (action === 'GetCallerIdentity') return []
    const stack = form.get('StackName')
    const named = ['RoleArn', 'TopicArn', 'PolicySourceArn'].map((key) => form.get(key)).find(Boolean)
    const resource = stack === null ? (named ?? '*') : arn('cloudformation', `stack/${stack}/a1b2c3`)
    // A stack's tags are asked for apart. Source: CloudFormation User Guide, control-access-with-iam.
    const actions = [action, ...(form.has('Tags.member.1.Key') ? ['TagResource'] : [])]
    return actions.map((it) => ({ action: `${service}:${it}`, resource }))
  }
  return [restRequest(request.method ?? '', new URL(request.url ?? '/', 'http://localhost'), body)]
}

type Key = { id: { S: string } }
type Parameters = {
  TableName?: string
  IndexName?: string
  Key?: Key
  Item?: Key
  RequestItems?: Record<string, { Keys: Key[] }>
  TransactItems?: Record<string, { TableName: string; Key: Key }>[]
  SecretId?: string
  CalendarNames?: string[]
  QueueName?: string
  QueueUrl?: string
}

function jsonRequests(service: string, operation: string, asked: Parameters): Request[] {
  const { TableName, IndexName, Key, Item, RequestItems, TransactItems } = asked
  const on = (action: string, table: string, keys: Key[]): Request => ({
    ...{ action: `dynamodb:${action}`, resource: arn('dynamodb', `table/${table}`) },
    context: { 'dynamodb:LeadingKeys': keys.map(({ id }) => id.S) },
  })
  if (RequestItems) return Object.entries(RequestItems).map(([table, { Keys }]) => on(operation, table, Keys))
  if (TransactItems)
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, it]) => on(`${kind}Item`, it.TableName, [it.Key])),
    )
  if (IndexName !== undefined)
    return [
      { action: `dynamodb:${operation}`, resource: arn('dynamodb', `table/${TableName}/index/${IndexName}`) },
    ]
  if (TableName !== undefined)
    return [
      on(
        operation,
        TableName,
        [Key ?? Item].filter((it) => it !== undefined),
      ),
    ]
  const { SecretId, CalendarNames, QueueName, QueueUrl } = asked
  const queue = QueueName ?? QueueUrl?.split('/').at(-1)
  const resources =
    CalendarNames?.map((name) => arn('ssm', `document/${name}`)) ??
    (SecretId !== undefined ? [arn('secretsmanager', `secret:${SecretId}-a1B2c3`)] : [])
  if (queue !== undefined) resources.push(arn('sqs', queue))
  return (resources.length > 0 ? resources : ['*']).map((resource) => ({
    action: `${service}:${operation}`,
    resource,
  }))
}

const FUNCTION = /^\/20\d\d-\d\d-\d\d\/functions\/([^/]+)(?:\/([a-z-]+))?(?:\/[^/]+)?$/
const FUNCTION_ACTIONS: Record<string, string> = {
  ...{ 'POST invocations': 'InvokeFunction', 'GET configuration': 'GetFunctionConfiguration' },
  ...{ 'GET concurrency': 'GetFunctionConcurrency', 'GET policy': 'GetPolicy', 'GET ': 'GetFunction' },
  ...{ 'PUT configuration': 'UpdateFunctionConfiguration', 'PUT code': 'UpdateFunctionCode' },
  ...{ 'POST versions': 'PublishVersion', 'POST aliases': 'CreateAlias', 'PUT aliases': 'UpdateAlias' },
  'GET durable-executions': 'ListDurableExecutionsByFunction',
}

function restRequest(method: string, { pathname, searchParams }: URL, body: string): Request {
  const [, name, what = ''] = FUNCTION.exec(pathname) ?? []
  const action = FUNCTION_ACTIONS[`${method} ${what}`]
  if (name !== undefined && action !== undefined) {
    const qualifier = searchParams.get('Qualifier')
    const id = decodeURIComponent(name).replace(/^arn:.*:function:/, '')
    const resource = arn('lambda', `function:${id}${qualifier === null ? '' : `:${qualifier}`}`)
    return { action: `lambda:${action}`, resource }
  }
  const schedule = /^\/schedules\/(.+)$/.exec(pathname)?.[1]
  if (schedule !== undefined) {
    const group = searchParams.get('groupName') ?? JSON.parse(body).GroupName
    return {
      action: `scheduler:${method === 'POST' ? 'CreateSchedule' : 'GetSchedule'}`,
      resource: arn('scheduler', `schedule/${group}/${schedule}`),
    }
  }
  const stopped = /\/durable-executions\/(.+)\/stop$/.exec(pathname)?.[1]
  if (stopped !== undefined)
    return { action: 'lambda:StopDurableExecution', resource: decodeURIComponent(stopped) }
  const others: [RegExp, Request][] = [
    [/^\/schedules$/, { action: 'scheduler:ListSchedules', resource: '*' }],
    [/account-settings$/, { action: 'lambda:GetAccountSettings', resource: '*' }],
    [
      /\/durable-execution-callbacks\/.+\/succeed$/,
      {
        action: 'lambda:SendDurableExecutionCallbackSuccess',
        // The callback's id says which, and only AWS can read it.
        resource: arn('lambda', 'function:tourbillon-ward-rotate:1/durable-execution/name/id'),
      },
    ],
  ]
  const known = others.find(([path]) => path.test(pathname))?.[1]
  if (!known) throw new Error(`what does ${method} ${pathname} ask for?`)
  return known
}
