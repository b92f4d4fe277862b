import type { EventHistory } from '../aws/event-history.ts'
import type { Adoption } from '../model/rotation.ts'
import { partsOf, type SecretRead, secretReadIn } from '../model/secret-read.ts'
import { atDoor, messageOf } from '../model/text.ts'
import { iso } from '../model/time.ts'

/**
 * Most calls to LookupEvents in one run of the audit, 0.6 s each: it takes two a second for everybody in the account and
 * region, and the audit has other things to do.
 */
const MOST_CALLS = 40

/** Who may have fetched a secret since. `since`: epoch ms. */
type Asked = {
  secret: string
  arn: string | undefined
  since: number
  /** Nobody is left to be named. */
  isEnough(reads: SecretRead[]): boolean
}

/** `later`: this run has no calls left, or CloudTrail does not answer; the next may. */
type Answer = { reads: SecretRead[]; history: NonNullable<Adoption['history']>; later?: true }

export type AskHistory = (asked: Asked) => Promise<Answer>

type Ports = { history: EventHistory; now(): number; deadline: number }

/**
 * CloudTrail's Event history, for one run of the audit: first by a secret's name and ARN, in case that records of reads
 * tell it as a resource (no document says so), then among all reads of the account, newest first, in one walk for all
 * that ask. `from`: how far back anybody may ask, epoch ms.
 */
export function openAskHistory({ history, now, deadline }: Ports, from: number): AskHistory {
  const state = { calls: 0, down: undefined as Down | undefined }
  const all = {
    records: [] as unknown[],
    token: undefined as string | undefined,
    oldest: now(),
    ended: false,
  }

  const page = async (key: 'ResourceName' | 'EventName', value: string, since: number, token?: string) => {
    if (state.calls >= MOST_CALLS || now() >= deadline) return undefined
    state.calls++
    try {
      return await history.page({ key, value, since }, { token })
    } catch (error) {
      const isDenied = error instanceof Error && /AccessDenied|Unauthorized/.test(error.name)
      state.down = {
        why: `cloudtrail:LookupEvents: ${atDoor(messageOf(error), 200)}`,
        ...(!isDenied && { later: true as const }),
      }
      return undefined
    }
  }
  const goOn = async (): Promise<boolean> => {
    const found = await page('EventName', 'GetSecretValue', from, all.token)
    if (!found) return false
    all.records.push(...found.records)
    for (const record of found.records)
      all.oldest = Math.min(all.oldest, Date.parse(String(partsOf(record).eventTime)) || all.oldest)
    all.token = found.next
    all.ended = found.next === undefined
    return true
  }

  const whyNot = (): Down | undefined => state.down ?? (state.calls < MOST_CALLS ? undefined : TOO_MANY)
  const byName = async ({ secret, arn, since }: Asked) => {
    const reads: SecretRead[] = []
    for (const value of [secret, ...(arn ? [arn] : [])]) {
      const found = await page('ResourceName', value, since)
      reads.push(...readsIn(found?.records ?? [], secret, since))
    }
    return reads
  }
  const part = (reads: SecretRead[]): Answer => {
    const { down } = state
    if (down && reads.length === 0 && all.records.length === 0) return notAsked(down)
    const why = `${all.records.length} reads of all secrets, back to ${iso(all.oldest)}`
    return { reads, history: { asked: 'PART', why } }
  }

  return async (asked) => {
    const { secret, since, isEnough } = asked
    const before = whyNot()
    if (before) return notAsked(before)
    const named = await byName(asked)
    for (;;) {
      const reads = [...named, ...readsIn(all.records, secret, since)]
      if (isEnough(reads) || all.ended || all.oldest < since) return { reads, history: { asked: 'WHOLE' } }
      if (!(await goOn())) return part(reads)
    }
  }
}

type Down = { why: string; later?: true }

const TOO_MANY: Down = { why: 'too many were to be asked about at once', later: true }

function notAsked({ why, later }: Down): Answer {
  return { reads: [], history: { asked: 'NOT', why }, ...(later && { later }) }
}

function readsIn(records: unknown[], secret: string, since: number): SecretRead[] {
  return records.flatMap((record) => {
    const { recipientAccountId: account, awsRegion: region } = partsOf(record)
    const read = secretReadIn(record, { account, region }, (name) => name === secret)
    return read && Date.parse(read.at) >= since ? [read] : []
  })
}
