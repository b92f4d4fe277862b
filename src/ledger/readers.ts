import type { Config } from '../config/config.ts'
import { isHeardSince, laterHalfOf, type Reader, SEEN_AT, type Seen } from '../model/adoption.ts'
import { secretNameOf } from '../model/secret.ts'
import type { SecretRead } from '../model/secret-read.ts'
import { DAY, iso } from '../model/time.ts'
import { type Expressions, expressionsOf, type Table } from './open-table.ts'
import { expiryOf, TTL_ATTRIBUTE } from './table.ts'

/** Who reads which secret: an item each, which holds when last; of the order and the number of reads nothing depends. */
export type Readers = {
  /** `now`: epoch ms. 'full': there are more of that secret than are kept, which is noted. Rejects where others write it, too. */
  note(read: SecretRead, now: number): Promise<'noted' | 'known' | 'full'>
  /** All of one secret. A second old, perhaps. */
  of(secret: string, now: number): Promise<Seen>
}

/** New readers of a secret in a month that are kept. */
export const MOST_READERS = 200

/** Longer than a reader counts as known before a rotation, and the rotation's `within`. */
const KEPT_DAYS = 90

/** Keys begin with this, and the function that writes them may write no others. */
export const READERS_PREFIX = 'reader#'

/** Whether a read of any secret that is named and watched was heard at this time (epoch ms) or later. */
export type AnyHeard = (at: number) => Promise<boolean>

/** Asks the readers of each secret once; again where that failed. */
export function openAnyHeard({
  config,
  readers,
  now,
}: {
  config: Pick<Config, 'schedules'>
  readers: Pick<Readers, 'of'>
  now(): number
}): AnyHeard {
  const asking = config.schedules.filter(({ adoption }) => adoption !== undefined)
  const secrets = new Set(asking.flatMap((one) => one.secrets.map(secretNameOf)))
  const seen = new Map<string, Promise<Seen>>()
  return async (at) => {
    for (const secret of secrets) {
      const its = seen.get(secret) ?? readers.of(secret, now())
      seen.set(secret, its)
      its.catch(() => seen.delete(secret))
      if (isHeardSince(await its, at)) return true
    }
    return false
  }
}

/** Whether a trail may have stopped: in the later half of its time no read was heard, of this secret (`seen`) or of any. */
export async function isSilent(
  seen: Seen,
  { rotatedAt, withinSeconds, now }: { rotatedAt: string; withinSeconds: number; now: number },
  any: AnyHeard,
): Promise<boolean> {
  const half = laterHalfOf(rotatedAt, withinSeconds, now)
  return !isHeardSince(seen, half) && !(await any(half))
}

export function openReaders(table: Table): Readers {
  return {
    async note(read, now) {
      const id = `${READERS_PREFIX}${read.secret}#${read.principal}`
      const at = SEEN_AT[read.what]
      const isNewer = `attribute_exists(id) AND (attribute_not_exists(#${at}) OR #${at} < :${at})`
      if (await table.update(id, seeing(read, isNewer))) return 'noted'
      const known = await table.get(id)
      if (known) return (await seeSessions(table, id, known, read)) ? 'noted' : 'known'
      const month = monthOf(read.secret, now)
      if ((((await table.get(month))?.made as number | undefined) ?? 0) >= MOST_READERS) {
        await table.update(month, expressionsOf({ set: { fullAt: iso(now) } }))
        return 'full'
      }
      const counted = {
        id: month,
        UpdateExpression: `ADD made :one SET ${TTL_ATTRIBUTE} = :expires`,
        ConditionExpression: 'attribute_not_exists(made) OR made < :most',
        ExpressionAttributeValues: {
          ':one': 1,
          ':most': MOST_READERS,
          ':expires': expiryOf(iso(now), KEPT_DAYS),
        },
      }
      if (await table.transact([counted, { id, ...seeing(read, 'attribute_not_exists(id)') }])) return 'noted'
      throw new Error(`others write the readers of ${read.secret}, too: it is tried again`)
    },
    async of(secret, now) {
      const readers: Reader[] = []
      for await (const item of table.query('bySecret', READERS_PREFIX + secret)) readers.push(toReader(item))
      const months = new Set([0, 31, 62, 90].map((days) => monthOf(secret, now - days * DAY)))
      const full = (await table.getAll([...months])).some(({ fullAt }) => fullAt !== undefined)
      return { readers, full }
    },
  }
}

/** A read that is not the last one shows a session all the same. */
async function seeSessions(
  table: Table,
  id: string,
  known: Record<string, unknown>,
  { sessions }: SecretRead,
) {
  const marks = new Set(sessions.map(markOf))
  const there = known.sessions
  if (there instanceof Set && [...marks].every((mark) => there.has(mark))) return false
  const added = await table.update(id, {
    UpdateExpression: 'ADD sessions :sessions',
    ConditionExpression: 'attribute_exists(id)',
    ExpressionAttributeValues: { ':sessions': marks },
  })
  return added !== undefined
}

function monthOf(secret: string, now: number): string {
  return `${READERS_PREFIX}${secret}#made ${iso(now).slice(0, 7)}`
}

function seeing(
  { secret, principal, what, other, at, sessions }: SecretRead,
  condition: string,
): Expressions {
  const { UpdateExpression, ...rest } = expressionsOf({
    set: {
      ...{ principal, [SEEN_AT[what]]: at, secretName: READERS_PREFIX + secret, scheduledAt: at },
      ...(other !== undefined && { other }),
      [TTL_ATTRIBUTE]: expiryOf(at, KEPT_DAYS),
    },
    condition: { expression: condition },
  })
  return {
    ...rest,
    UpdateExpression: `${UpdateExpression} ADD #sessions :sessions`,
    ExpressionAttributeNames: { ...rest.ExpressionAttributeNames, '#sessions': 'sessions' },
    ExpressionAttributeValues: {
      ...rest.ExpressionAttributeValues,
      ':sessions': new Set(sessions.map(markOf)),
    },
  }
}

/** One of sixteen: whether there is one session or are several shows, and the item cannot grow. */
function markOf(session: string): number {
  let hash = 0
  for (const character of session) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return hash % 16
}

function toReader(item: Record<string, unknown>): Reader {
  const { principal, lastSeen, otherSeen, other, pendingSeen, sessions } = item
  const marks = sessions instanceof Set ? sessions.size : 1
  const some = { lastSeen, otherSeen, other, pendingSeen } as Partial<Reader>
  const there = Object.entries(some).filter(([, value]) => value !== undefined)
  return { principal: String(principal), sessions: marks, ...Object.fromEntries(there) }
}
