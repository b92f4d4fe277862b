import { createHash } from 'node:crypto'
import { forEachInPool } from '../aws/pool.ts'
import type { Seen } from '../aws/secrets.ts'
import { nextUnfrozen } from '../calendar/unfrozen.ts'
import type { Schedule } from '../config/config.ts'
import type { Found, Looked, OverdueSecret } from '../ledger/audit-state.ts'
import type { Finding } from '../model/finding.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { Place } from '../model/place.ts'
import { iso } from '../model/time.ts'
import { enforced, isPlace, least, maxAgeOf, schedulesOf } from '../model/under-policy.ts'
import { judgeSecret, overdueOf, type SecretPolicy } from './judge-secret.ts'
import type { AuditPorts, AuditRun } from './ports.ts'

/** Looks at the same time; DescribeSecret allows 40,000 a second (docs/aws-facts.md). */
const AT_ONCE = 10

/**
 * Every secret is looked at once an hour: its age is counted in days, native rotation in hours. Each run looks at a
 * twelfth of them, by a hash, so that no run has them all and the bill grows with the secrets, not with the minutes.
 */
const SLOTS = 12
const SLOT_MS = 300_000

/** A secret to look at. `chosenBy`: the schedule whose selector found it. */
type Target = {
  slot: string
  key: string
  secret: string
  place?: Place | undefined
  chosenBy?: Schedule
}

/**
 * Looks at the secrets of the enabled schedules whose turn it is: too old, or about to be rotated by AWS before we do
 * it. `looked`: how far the last run had come; the answer's is to be kept once this run has ended in time.
 */
export async function inspectSecrets(
  ports: AuditRun,
  looked: Looked | undefined,
): Promise<{ findings: Finding[]; looked: Looked }> {
  const now = ports.now()
  const slots = slotsDue(looked, now)
  const nexts = new Map<Schedule, number | undefined>()
  const nextOf = (schedule: Schedule) => {
    if (!nexts.has(schedule)) nexts.set(schedule, nextUnfrozen(schedule, ports.config, now))
    return nexts.get(schedule)
  }
  const found: Looked['found'] = { ...looked?.found }
  for (const slot of slots) found[slot] = { overdue: 0, nativeFirst: 0 }
  const findings: Finding[] = []
  const unseen = (slot: string, what: string, why: string) => {
    const { [slot]: it } = found
    if (it) it.unseen = { count: (it.unseen?.count ?? 0) + 1, first: it.unseen?.first ?? `${what}: ${why}` }
  }
  const left = await targets(ports, slots, unseen)
  await forEachInPool(left.values(), AT_ONCE, async (target) => {
    if (ports.now() >= ports.deadline) return
    try {
      const seen = await ports.secretsAt(target.place).describe(target.secret)
      if ('refusal' in seen) {
        if (maxAgeOf(namedIn(target, ports))) unseen(target.slot, target.key, seen.refusal.message)
        return
      }
      const policy = policyOf(target, seen, nextOf, ports)
      if (policy === undefined) return
      const wrong = judgeSecret(policy, seen, now)
      note(found[target.slot], wrong, overdueOf(policy, seen, now))
      findings.push(...wrong)
    } catch (error) {
      if (maxAgeOf(namedIn(target, ports))) unseen(target.slot, target.key, String(error))
      ports.failed(error)
    }
  })
  return {
    findings: findings.sort((a, b) => (a.key < b.key ? -1 : 1)),
    looked: { until: iso(now), found },
  }
}

/** Most that are kept of a twelfth, so that the state stays small; numbers are whole. */
const MOST_KEPT = 25

function note(found: Found | undefined, wrong: Finding[], overdue: OverdueSecret | undefined): void {
  if (!found) return
  for (const { kind } of wrong) found[kind === 'OVERDUE' ? 'overdue' : 'nativeFirst']++
  const kept = found.secrets ?? []
  if (overdue && kept.length < MOST_KEPT) found.secrets = [...kept, overdue]
}

/** All that have been found, now or within the last hour: numbers that do not fall because a run looked elsewhere. */
export function foundInAll({ found }: Looked): { overdue: number; nativeFirst: number } {
  const sum = (what: 'overdue' | 'nativeFirst') =>
    Object.values(found).reduce((total, it) => total + it[what], 0)
  return { overdue: sum('overdue'), nativeFirst: sum('nativeFirst') }
}

/** Those whose turn has come since the last run; all where there was none, or none for an hour. */
function slotsDue(looked: Looked | undefined, now: number): Set<string> {
  const last = Math.floor(now / SLOT_MS)
  const first = looked === undefined ? 0 : Math.floor(Date.parse(looked.until) / SLOT_MS) + 1
  const many = Math.min(SLOTS, Math.max(0, last - first + 1))
  return new Set(Array.from({ length: many }, (_, index) => String((last - index) % SLOTS)))
}

function slotOf(name: string): string {
  return String(createHash('sha256').update(name).digest().readUInt32BE(0) % SLOTS)
}

/** By key: each secret once. What a selector chooses has its schedule's turn, for it is listed as a whole. */
async function targets(
  ports: AuditRun,
  slots: Set<string>,
  unseen: (slot: string, what: string, why: string) => void,
): Promise<Map<string, Target>> {
  const schedules = enforced(ports.config)
  const named = schedules.flatMap(({ secrets, place }) => secrets.map((secret) => targetOf(secret, place)))
  const isNamed = new Set(named.map(({ key }) => key))
  const found = new Map(named.filter(({ slot }) => slots.has(slot)).map((it) => [it.key, it]))
  for (const schedule of schedules) {
    const slot = slotOf(`schedule ${schedule.name}`)
    if (!schedule.select || !slots.has(slot)) continue
    try {
      for (const secret of (await ports.secretsAt(schedule.place).list(schedule.select)).names) {
        const target = { ...targetOf(secret, schedule.place), slot, chosenBy: schedule }
        if (!isNamed.has(target.key) && !found.has(target.key)) found.set(target.key, target)
      }
    } catch (error) {
      if (maxAgeOf([schedule])) unseen(slot, `what ${schedule.name} chooses`, String(error))
      ports.failed(error)
    }
  }
  return found
}

function targetOf(secret: string, place: Place | undefined): Target {
  const key = secretKeyOf(secret, place)
  return { slot: slotOf(key), key, secret, place }
}

/** The schedules that name a secret, or the one that chose it: all that is known of one that cannot be seen. */
function namedIn({ key, place, chosenBy }: Target, { config }: AuditPorts): Schedule[] {
  if (chosenBy) return [chosenBy]
  return enforced(config).filter(
    (it) => isPlace(place)(it.place) && it.secrets.some((secret) => secretKeyOf(secret, place) === key),
  )
}

/** Undefined where it is another schedule's to look at: of several that choose it, the first one's. */
function policyOf(
  { secret, place, chosenBy }: Target,
  seen: Exclude<Seen, { refusal: unknown }>,
  nextOf: (schedule: Schedule) => number | undefined,
  ports: AuditPorts,
): SecretPolicy | undefined {
  const theirs = schedulesOf(seen.secret, enforced(ports.config), isPlace(place))
  const first = theirs.find(({ select }) => select)
  if (chosenBy && first && first !== chosenBy) return undefined
  const next = theirs.map(nextOf).reduce(least, undefined)
  return { secret, place, maxAge: maxAgeOf(theirs), next }
}
