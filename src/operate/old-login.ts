import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso, MINUTE } from '../model/time.ts'
import { hasUsers, isAlternating, oldLoginOf, oldLoginText, type ToCome } from '../report/old-login.ts'
import { plannedRunsOf } from '../report/planned.ts'
import { readPlanned } from '../report/readings.ts'
import { type Records, recordsOf } from '../runtime/records.ts'

type Limits = { giveUpMs?: number }

/**
 * Whether the login of before a rotation works still, and until when, in words; undefined where it has changed nothing, or
 * nothing is known of who uses it. The ledger is asked only where two users take turns.
 * `now`: epoch ms. Throws CannotDo.
 */
export async function oldLoginLine(
  config: Config,
  rotation: Rotation,
  now: number,
  limits: Limits = {},
): Promise<string | undefined> {
  if (!hasUsers(rotation, config.schedules)) return undefined
  const old = await withAws(
    'read the ledger',
    async () => {
      const asks = rotation.rotatedAt !== undefined && isAlternating(rotation, config.schedules)
      if (!asks) return oldLoginOf(rotation, [], config, { planned: [], exceptions: [] }, now)
      const records = recordsOf(config.stage)
      const others: Rotation[] = []
      const since = { from: iso(Date.parse(rotation.scheduledAt) - BACK_MS) }
      for await (const it of records.ledger.query('bySecret', rotation.secretName, since)) others.push(it)
      return oldLoginOf(rotation, others, config, await readToCome(records, config, now), now)
    },
    limits,
  )
  return old && oldLoginText(old, now)
}

/** Longer than any window. */
const BACK_MS = 25 * 60 * MINUTE

async function readToCome(
  { requests, exceptions }: Pick<Records, 'requests' | 'exceptions'>,
  config: Config,
  now: number,
): Promise<ToCome> {
  const [planned, all] = await Promise.all([
    readPlanned(requests),
    exceptions.between(iso(now - BACK_MS), '9999'),
  ])
  return {
    planned: plannedRunsOf(planned, config),
    exceptions: all.filter(({ cancelledAt }) => cancelledAt === undefined),
  }
}
