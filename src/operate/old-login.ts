import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { onCannotDo } from '../model/errors.ts'
import type { Rotation } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { iso, MINUTE } from '../model/time.ts'
import { hasUsers, isAlternating, oldLoginOf, oldLoginText, type ToCome } from '../report/old-login.ts'
import { plannedRunsOf } from '../report/planned.ts'
import { readPlanned } from '../report/readings.ts'
import { type Records, recordsOf } from '../runtime/records.ts'

type Limits = { giveUpMs?: number }

/**
 * Whether the login of before a rotation works still, and until when, in words; undefined where it has changed nothing, or
 * nothing is known of who uses it. The ledger is asked only where two users take turns; where it does not answer, that is
 * not known, and what was asked beside it is shown all the same. `now`: epoch ms.
 */
export async function oldLoginLine(
  config: Config,
  rotation: Rotation,
  now: number,
  limits: Limits = {},
): Promise<string | undefined> {
  if (!hasUsers(rotation, config.schedules)) return undefined
  const asks = rotation.rotatedAt !== undefined && isAlternating(rotation, config.schedules)
  if (!asks) {
    const old = oldLoginOf(rotation, [], config, { planned: [], exceptions: [] }, now)
    return old && oldLoginText(old, now)
  }
  const look = async () => {
    const records = recordsOf(config.stage)
    const others: Rotation[] = []
    const since = { from: iso(Date.parse(rotation.scheduledAt) - BACK_MS) }
    for await (const it of records.ledger.query('bySecret', rotation.secretName, since)) others.push(it)
    const old = oldLoginOf(rotation, others, config, await readToCome(records, config, now), now)
    return old && oldLoginText(old, now)
  }
  return withAws('read what comes next', look, { giveUpMs: 20_000, ...limits }).catch(
    onCannotDo(({ message }) => `not known: ${oneLine(message)}`),
  )
}

/** Longer than any window. */
const BACK_MS = 25 * 60 * MINUTE

async function readToCome(
  { requests, exceptions }: Pick<Records, 'requests' | 'exceptions'>,
  config: Config,
  now: number,
): Promise<ToCome> {
  const [planned, all] = await Promise.all([
    readPlanned(requests, now),
    exceptions.between(iso(now - BACK_MS), '9999'),
  ])
  return {
    planned: plannedRunsOf(planned, config),
    exceptions: all.filter(({ cancelledAt }) => cancelledAt === undefined),
  }
}
