import { formatLocal } from '../calendar/format.ts'
import { elsewhere, goesByZone, OURS, RUNTIME } from '../calendar/zone-difference.ts'
import type { Schedule } from '../config/config.ts'
import type { UnknownDelivery } from '../ledger/deliveries.ts'
import type { Waves } from '../ledger/waves.ts'
import { waveIdOf } from '../model/identity.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import type { UnresolvedWave, Wave, WaveTerms } from './wave.ts'

/** A wave begins at most so long before its instant, as an early companion's does: it claims, and asks its hooks. */
const AHEAD_SECONDS = 120

/** A companion's delivery may come a moment early: it need not wait. */
const SLACK_SECONDS = 60

/**
 * From a delivery to the occurrence that it is for: what is not simply due is noted, what is ahead is waited for, and
 * what has been begun under another instant keeps that one's identity. Undefined where it is for none. Decision 0098.
 */
export async function matchDelivery<W extends Wave | UnresolvedWave>(
  steps: Steps,
  asked: W,
  ports: Ports,
): Promise<W | undefined> {
  const { delivery, schedule } = asked
  if (delivery?.is === 'NOTHING') return undefined
  if (delivery !== undefined && asked.trigger === 'SCHEDULE')
    await steps.step('note delivery', () => noteDelivery(asked, ports))
  if (delivery?.is === 'UNKNOWN') return undefined
  const zoned =
    schedule !== undefined && asked.trigger !== 'ON_DEMAND' && !asked.moved && goesByZone(schedule)
  if (!zoned && delivery === undefined) return asked
  const { occasion, ahead } = await steps.step(
    'which occurrence',
    async () => ({
      occasion: zoned ? await begin(schedule, asked.scheduledAt, ports) : asked.occasion,
      ahead: Math.floor((Date.parse(asked.scheduledAt) - ports.now()) / 1_000) - AHEAD_SECONDS,
    }),
    ledgerRetry,
  )
  if (ahead > SLACK_SECONDS) await steps.wait('until it is near', { seconds: ahead })
  return { ...asked, occasion }
}

/**
 * The occasion of an occurrence, here and in the audit: its own instant, unless the same local time was begun under the
 * instant that other zone data gave it. Then a release of those data has rotated it, or does.
 */
export async function occasionOf(
  schedule: Schedule,
  scheduledAt: string,
  waves: Pick<Waves, 'begun' | 'get'>,
): Promise<string> {
  if (!goesByZone(schedule)) return scheduledAt
  const begun = await waves.begun(localKey(schedule, scheduledAt))
  if (begun !== undefined) return begun
  // Releases before this one noted waves only, and went by the data of their Node.
  const there = elsewhere(schedule.timezone, Date.parse(scheduledAt))
  if (there === undefined || iso(there) === scheduledAt) return scheduledAt
  const wave = await waves.get(waveIdOf({ name: schedule.name, occasion: iso(there) }))
  return wave?.startedAt === undefined ? scheduledAt : iso(there)
}

async function begin(schedule: Schedule, scheduledAt: string, { waves, now }: Ports): Promise<string> {
  const occasion = await occasionOf(schedule, scheduledAt, waves)
  return waves.begin(localKey(schedule, scheduledAt), occasion, iso(now()))
}

/** A local time of a schedule: the same by whatever zone data, and once only, for what comes twice runs once. */
function localKey({ name, timezone }: Schedule, scheduledAt: string): string {
  const at = Date.parse(scheduledAt)
  const local = formatLocal(at, OURS.clockOf(timezone).offsetAt(at)).slice(0, 19)
  return `${name}#${timezone}#${local}`
}

/** At least once. It tells nobody: the audit does, within minutes (src/audit/unknown-deliveries.ts). */
async function noteDelivery(wave: WaveTerms, ports: Ports): Promise<null> {
  const { name, schedule, delivery, scheduledAt } = wave
  if (delivery === undefined || delivery.is === 'NOTHING') return null
  const noted: UnknownDelivery = {
    schedule: name,
    timezone: schedule?.timezone ?? 'UTC',
    deliveredFor: delivery.for,
    at: iso(ports.now()),
    takenFor: delivery.is,
    ...(delivery.is !== 'UNKNOWN' && { occurrence: scheduledAt }),
    zoneData: OURS.release,
    runtimeZoneData: RUNTIME.release,
  }
  ports.log('unknown delivery', noted)
  try {
    await ports.deliveries.note(noted)
  } catch (error) {
    // It says something of a rotation; it must not stop one.
    ports.log('could not note the delivery', { schedule: name, error: String(error) })
  }
  return null
}
