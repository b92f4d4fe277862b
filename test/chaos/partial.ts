import type { Asked } from './asked.ts'
import type { Answer } from './refusal.ts'
import type { Forward } from './upstream.ts'

type Batch = { RequestItems: Record<string, { Keys: unknown[] } & Record<string, unknown>> }
type Entries = { Entries: unknown[] }

/**
 * Carries out the first `keep` of a batch, and answers for the rest as AWS does, with HTTP 200: BatchGetItem with
 * `UnprocessedKeys`, PutEvents with entries that failed. Any other request is carried out whole.
 * Source: DynamoDB API reference, BatchGetItem; EventBridge API reference, PutEvents.
 */
export async function notAll(asked: Asked, keep: number, carry: Forward): Promise<Answer> {
  if (asked.action === 'BatchGetItem') return fewerKeys(JSON.parse(asked.body) as Batch, keep, carry)
  if (asked.action === 'PutEvents') return fewerEntries(JSON.parse(asked.body) as Entries, keep, carry)
  return carry()
}

async function fewerKeys({ RequestItems, ...rest }: Batch, keep: number, carry: Forward): Promise<Answer> {
  const split = (take: (keys: unknown[]) => unknown[]) =>
    Object.fromEntries(
      Object.entries(RequestItems)
        .map(([table, request]) => [table, { ...request, Keys: take(request.Keys) }] as const)
        .filter(([, { Keys }]) => Keys.length > 0),
    )
  const kept = split((keys) => keys.slice(0, keep))
  const UnprocessedKeys = split((keys) => keys.slice(keep))
  if (Object.keys(kept).length === 0) return json({ Responses: {}, UnprocessedKeys })
  const answer = await carry(Buffer.from(JSON.stringify({ ...rest, RequestItems: kept })))
  if (answer.status !== 200) return answer
  return json({ ...JSON.parse(answer.body.toString()), UnprocessedKeys })
}

async function fewerEntries({ Entries, ...rest }: Entries, keep: number, carry: Forward): Promise<Answer> {
  const failed = Entries.slice(keep).map(() => ({
    ErrorCode: 'ThrottlingException',
    ErrorMessage: 'Rate exceeded',
  }))
  if (keep === 0) return json({ FailedEntryCount: failed.length, Entries: failed })
  const answer = await carry(Buffer.from(JSON.stringify({ ...rest, Entries: Entries.slice(0, keep) })))
  if (answer.status !== 200) return answer
  const done = JSON.parse(answer.body.toString()) as Entries
  return json({ FailedEntryCount: failed.length, Entries: [...done.Entries, ...failed] })
}

const json = (value: unknown): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(value)),
})
