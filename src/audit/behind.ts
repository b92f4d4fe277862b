import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import { type AuditState, asManyAsFit, type StillBehind } from '../ledger/audit-state.ts'
import { openAnyHeard } from '../ledger/readers.ts'
import { type Behind, behindText, toTell } from '../model/behind.ts'
import { hasByName } from '../model/consumers.ts'
import type { Finding } from '../model/finding.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { Place } from '../model/place.ts'
import type { Rotation } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY, HOUR, iso } from '../model/time.ts'
import { nextRotationOf, type ToCome } from '../report/old-login.ts'
import { plannedRunsOf } from '../report/planned.ts'
import { readPlanned } from '../report/readings.ts'
import { behindIn, type Heard, lastInLedger } from '../rotation/behind.ts'
import type { AuditRun } from './ports.ts'

/** So long ahead it is told: less than a finding is kept quiet for, so that it is told once. */
const AHEAD_MS = 12 * HOUR

function heardBy(ports: AuditRun): Heard {
  return { of: ports.readers.of, any: openAnyHeard(ports) }
}

export async function behindOfWave(
  secrets: string[],
  { name, place }: { name: string; place?: Place | undefined },
  ports: AuditRun,
  heard: Heard = heardBy(ports),
): Promise<Behind[]> {
  return toTell(await behindIn(secrets, name, { ...ports, heard, lastOf: lastInLedger(ports.ledger), place }))
}

/** What the last hourly look has found stands until the next one; where that could not see it, longer. */
export async function findBehind(
  state: Pick<AuditState, 'behind'> | undefined,
  isHour: boolean,
  ports: AuditRun,
): Promise<{ findings: Finding[]; kept: Pick<AuditState, 'behind'> }> {
  let isWhole = isHour
  const failed = (error: unknown) => {
    isWhole = false
    return ports.failed(error)
  }
  const found = isHour ? await stillBehind({ ...ports, failed }).catch(failed) : []
  const isKnown = ({ secretName }: StillBehind) => found.some((it) => it.secretName === secretName)
  const before = isWhole && ports.now() < ports.deadline ? [] : (state?.behind ?? [])
  const behind = [...found, ...before.filter((it) => it.at > iso(ports.now()) && !isKnown(it))]
  return {
    findings: found.map(findingOf),
    kept: behind.length > 0 ? { behind: asManyAsFit(behind) } : {},
  }
}

/**
 * Secrets that rotate again within half a day while somebody is known to be behind: one finding a secret and instant,
 * of what selectors choose, too. Nothing is stopped, and what is only unknown is no finding here. Decision 0175.
 */
async function stillBehind(ports: AuditRun): Promise<StillBehind[]> {
  const now = ports.now()
  const watched = ports.config.schedules.filter(
    ({ enabled, consumers, adoption }) => enabled && (consumers !== undefined || adoption !== undefined),
  )
  if (watched.length === 0) return []
  const planned = plannedRunsOf(await readPlanned(ports.requests, now), ports.config)
  const isSoon = (at = Infinity) => at <= now + AHEAD_MS
  const anyPlanned = planned.some(({ at }) => isSoon(at))
  const rotating = ports.config.schedules.filter((it) => it.enabled && isSoon(calendarOf(it).next(now)))
  const soon = new Map<string, { secret: string; schedule: string; place: Place | undefined }>()
  for (const schedule of watched) {
    const { name, place } = schedule
    const secrets = anyPlanned || rotating.length > 0 ? await secretsOf(schedule).catch(ports.failed) : []
    const shared = rotating.some((it) => secrets.some((one) => hasByName(secretNameOf(one), it)))
    if (anyPlanned || rotating.includes(schedule) || shared)
      for (const secret of secrets) soon.set(secretKeyOf(secret, place), { secret, schedule: name, place })
  }
  const heard = heardBy(ports)
  const findings: StillBehind[] = []
  for (const one of soon.values()) {
    if (ports.now() >= ports.deadline) break
    findings.push(...(await find(one).catch(ports.failed)))
  }
  return findings

  async function secretsOf({ secrets, select, place }: Schedule): Promise<string[]> {
    if (select === undefined) return secrets
    return (await ports.secretsAt(place).list(select)).names
  }

  async function find({
    secret,
    schedule,
    place,
  }: {
    secret: string
    schedule: string
    place: Place | undefined
  }) {
    const [late] = await behindOfWave([secret], { name: schedule, place }, ports, heard)
    if (late === undefined || late.behind.length === 0) return []
    const { secretName } = late
    const others: Rotation[] = []
    const since = { from: iso(now - 2 * DAY) }
    for await (const it of ports.ledger.query('bySecret', secretName, since)) others.push(it)
    let last = others.find(({ rotatedAt }) => rotatedAt !== undefined)
    if (last === undefined) {
      const found = await lastInLedger(ports.ledger)(secret, secretName)
      if (typeof found === 'string') return []
      last = found
    }
    // What is chosen by tags alone, no schedule has by its name.
    const known = { ...last, schedule }
    const exceptions = await exceptionsOf(known, others)
    const coming = nextRotationOf(known, others, ports.config, { planned, exceptions }, now)
    if (coming === undefined || coming.at <= now || coming.at > now + AHEAD_MS) return []
    const message = `it rotates again at ${iso(coming.at)} (${coming.schedule}), and since it rotated last: ${behindText(late)}`
    return [{ secretName, schedule, at: iso(coming.at), by: coming.schedule, message }]
  }

  /** Of what comes within reach: each is looked up, for the audit reads exceptions by their occurrence. */
  async function exceptionsOf(last: Rotation, others: Rotation[]): Promise<ToCome['exceptions']> {
    const found: ToCome['exceptions'] = []
    for (;;) {
      const coming = nextRotationOf(last, others, ports.config, { planned, exceptions: found }, now)
      if (coming === undefined || coming.at > now + AHEAD_MS || found.length > 50) return found
      const standing = await ports.exceptions.at(coming.schedule, iso(coming.at))
      if (standing === undefined || standing.movedFrom !== undefined) return found
      found.push(standing)
    }
  }
}

function findingOf({ secretName, schedule, at, message }: StillBehind): Finding {
  return { kind: 'STILL_BEHIND', key: `${secretName} ${at}`, schedule, secret: secretName, message }
}
