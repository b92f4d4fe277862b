import type { EventHistory } from '../aws/event-history.ts'
import { lookUp } from '../doctor/lookup.ts'
import { isRotator, type Reader, withReads } from '../model/adoption.ts'
import type { Look } from '../model/found-consumers.ts'
import { partsOf, type SecretRead, secretReadIn } from '../model/secret-read.ts'
import { DAY, iso } from '../model/time.ts'
import type { Progress } from './progress.ts'

/** `rotates`: it is taken for the rotation function. */
export type FoundReader = Reader & { rotates?: true }

/** How far back a read counts as lately: as long as one is known by it (src/model/adoption.ts). */
const BACK_MS = 30 * DAY

/** Pages of CloudTrail's history, 50 records and 0.6 s each: of this secret's; and where that shows nothing, of all reads. */
const MOST_PAGES = { own: 10, all: 60 }

type ReadsPorts = { history: EventHistory; now(): number; progress: Progress }

/** Who fetched it, by CloudTrail's Event history: of its name and `arn`; where that shows nobody, among all reads. `until`: epoch ms. */
export async function lookAtReads(
  secret: string,
  arn: string | undefined,
  until: number,
  { history, now, progress }: ReadsPorts,
): Promise<Look<FoundReader>> {
  const since = now() - BACK_MS
  const seen: Walked = { reads: [], records: 0, oldest: now() }
  const unseen: string[] = []
  const walk = async (key: 'ResourceName' | 'EventName', value: string, most: number) => {
    let token: string | undefined
    for (let pages = 0; pages < most && now() < until; pages++) {
      const page = await lookUp('cloudtrail:LookupEvents', (it) =>
        history.page({ key, value, since }, { token, ...it }),
      )
      if ('unknown' in page) return unseen.push(page.unknown)
      for (const record of page.found?.records ?? []) seeRecord(seen, record, secret, arn)
      progress.show(() => `looking: ${seen.records} records of CloudTrail`)
      token = page.found?.next
      if (token === undefined) return
    }
    unseen.push(
      `what was before ${iso(seen.oldest)}: ${seen.records} records were looked through, and no more are`,
    )
  }
  for (const value of [secret, ...(arn ? [arn] : [])])
    if (unseen.length === 0) await walk('ResourceName', value, MOST_PAGES.own)
  // Whether records of reads tell their secret as a resource is in no document.
  const byAll = seen.reads.length === 0 && unseen.length === 0
  if (byAll) await walk('EventName', 'GetSecretValue', MOST_PAGES.all)
  return {
    found: withReads({ readers: [], full: false }, seen.reads)
      .readers.map((one) => ({ ...one, ...(isRotator(one) && { rotates: true as const }) }))
      .sort((a, b) => ((a.lastSeen ?? '') < (b.lastSeen ?? '') ? 1 : -1)),
    looked: `${seen.records} records of CloudTrail’s Event history since ${iso(since)}, ${byAll ? 'of all reads' : 'by the secret’s name and ARN'}`,
    unseen,
  }
}

type Walked = { reads: SecretRead[]; records: number; oldest: number }

/** `arn`: the secret's own, where it is known: then an ARN that ends in a word is this one's, or another secret's. */
function seeRecord(seen: Walked, record: unknown, secret: string, arn: string | undefined): void {
  const { recipientAccountId: account, awsRegion: region, eventTime } = partsOf(record)
  seen.records++
  seen.oldest = Math.min(seen.oldest, Date.parse(String(eventTime)) || seen.oldest)
  const read = secretReadIn(record, { account, region }, (name) => name === secret)
  if (!read) return
  const { other, ...rest } = read
  const isOwn = arn !== undefined && other === arn
  if (isOwn) seen.reads.push({ ...rest, what: 'current' })
  else if (arn === undefined || !other?.startsWith('arn:')) seen.reads.push(read)
}
