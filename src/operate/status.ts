import project from 'aws-tourbillon/package.json' with { type: 'json' }
import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Facts } from '../ledger/facts.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import type { FactsRead } from '../report/aws-facts.ts'
import { provedExceptions, provedHolds, provedRequests } from '../report/proved.ts'
import {
  type Readings,
  type Recent,
  readAdopted,
  readPlanned,
  readRecent,
  readUnsettled,
  readWaiting,
} from '../report/readings.ts'
import { recordsOf } from '../runtime/records.ts'

/** How old a reading of the last day may be, ms: it is the one that costs, and changes when a rotation settles. */
const KEEP_RECENT = 30_000

/** A short rotation may begin and end between two readings; it is due this long before at most, ms. */
const LATELY = 90_000

/** Reads a stage's records at an instant (epoch ms). Throws CannotDo. */
export type ReadStatus = (now: number, limits?: { giveUpMs?: number }) => Promise<Readings>

/** What costs is read again only when it may have changed. */
export function createStatusReader(config: Config): ReadStatus {
  const { ledger, waves, holds, exceptions, approvals, deliveries, requests, states, facts, callers } =
    recordsOf(config.stage)
  let kept:
    | { at: number; seen: string; readings: Recent & Pick<Readings, 'adopted'>; awsFacts: FactsRead }
    | undefined
  const read = async (now: number): Promise<Readings> => {
    const at = iso(now)
    const coming = exceptions.between(at, '9999')
    const [unsettled, latest, inForce, excepted, pending, unknownDeliveries, planned, { state: audit }] =
      await Promise.all([
        readUnsettled(ledger),
        readLately(ledger, now),
        holds.inForce(at),
        coming,
        readWaiting({ approvals, exceptions }, at, coming),
        deliveries.since(iso(now - DAY)),
        readPlanned(requests, now),
        states.get(),
      ])
    const seen = [...unsettled, ...latest]
      .map(({ rotationId, status }) => `${rotationId} ${status}`)
      .sort()
      .join()
    if (kept === undefined || now - kept.at > KEEP_RECENT || seen !== kept.seen) {
      const recent = await readRecent({ ledger, waves, exceptions }, config, now)
      const readings = { ...recent, adopted: await readAdopted(ledger, audit, now) }
      kept = { at: now, seen, readings, awsFacts: await readFacts(facts) }
    }
    const { readings, awsFacts } = kept
    const standing = excepted.filter(({ cancelledAt }) => cancelledAt === undefined)
    const [holding, exceptional, runs] = await Promise.all([
      provedHolds(inForce, callers, now),
      provedExceptions(standing, callers, now),
      provedRequests(planned, callers, now),
    ])
    return {
      ...readings,
      ...{ unsettled, approvals: pending, unknownDeliveries, audit, awsFacts },
      ...{ holds: holding, planned: runs, exceptions: exceptional },
    }
  }
  return (now, limits) => withAws('read the ledger', () => read(now), limits)
}

/** Whoever has a policy of before has no right to batches, and all else is to be seen still. */
export async function readFacts(facts: Pick<Facts, 'list'>): Promise<FactsRead> {
  try {
    return { seen: await facts.list(), release: project.version }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AccessDeniedException') throw error
    return { unknown: 'dynamodb:BatchGetItem: not allowed (AccessDeniedException)' }
  }
}

async function readLately(ledger: Ledger, now: number): Promise<Rotation[]> {
  const from = iso(now - LATELY)
  const found: Rotation[] = []
  for (const day of new Set([from, iso(now)].map((it) => it.slice(0, 10))))
    for await (const rotation of ledger.query('byDay', day, { from })) found.push(rotation)
  return found
}
