import type { Answer, Ask } from './ask.ts'

type Asked = { Keys: unknown[] } & Record<string, unknown>

/** BatchGetItem where throughput is short: HTTP 200, and the last key of each table is left out. */
export async function partly(
  { RequestItems, ...rest }: { RequestItems: Record<string, Asked> },
  ask: Ask,
): Promise<Answer> {
  const part = (take: (keys: unknown[]) => unknown[]) =>
    Object.entries(RequestItems)
      .map(([table, asked]): [string, Asked] => [table, { ...asked, Keys: take(asked.Keys) }])
      .filter(([, { Keys }]) => Keys.length > 0)
  const UnprocessedKeys = Object.fromEntries(part((keys) => keys.slice(-1)))
  const read = part((keys) => keys.slice(0, -1))
  if (read.length === 0) return { status: 200, body: { Responses: {}, UnprocessedKeys } }
  const answer = await ask('BatchGetItem', { ...rest, RequestItems: Object.fromEntries(read) })
  return answer.status === 200 ? { status: 200, body: { ...answer.body, UnprocessedKeys } } : answer
}
