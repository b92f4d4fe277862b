import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { calendarOf } from '../../src/calendar/calendar.ts'
import type { KeptRequest } from '../../src/ledger/requests.ts'
import type { Exception } from '../../src/model/exception.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import { START_AHEAD_MS } from '../../src/model/limits.ts'
import { ON_DEMAND } from '../../src/model/resource-names.ts'
import { type Random, seeded } from '../../src/rehearse/world/random.ts'
import { type Ended, tourbillonProcess } from '../cli/tourbillon.ts'
import type { Happened } from './happened.ts'
import type { Plan } from './plan.ts'
import type { ChaosWorld } from './world.ts'

/** What people asked for, and were told. */
export type Deeds = {
  requests: Happened['requests']
  holds: Happened['holds']
  exceptions: Happened['exceptions']
  /** For the evidence: every command, and how it ended. */
  commands: { at: number; args: string[]; code: number | null; ms: number; said: string }[]
  /** Takes back what is planned for later than the run. Rejects where it cannot. */
  tidy(): Promise<void>
}

/** Commands go by the clock of the run. */
const CLOCK = join(import.meta.dirname, 'clock.ts')

/** Longer than any of these holds lasts before it is released. */
const MOST_HELD_MS = 180_000

/** By then an audit has started what is planned. */
const AUDITED_MS = 120_000

/** A busy machine may take minutes for a command. */
const TIDY_MS = 1_800_000

/** How far ahead a run is planned, not started: src/model/limits.ts. A command takes its time, too. */
const PLANNED_MS = 640_000

/**
 * People at their keyboards until `until`: rotations on demand, some asked for twice, some cancelled; holds that stack;
 * occurrences that are skipped or moved, and some of that taken back. `waits`: however short it is, something is moved, and
 * rotates there, ten minutes later.
 */
export async function operate(
  world: ChaosWorld,
  plan: Plan,
  seed: number,
  { until, everyMs, waits, signal }: { until: number; everyMs: number; waits: boolean; signal: AbortSignal },
): Promise<Deeds> {
  const random = seeded(seed + 5)
  const sleep = (ms: number) => pause(ms, undefined, { signal })
  const deeds: Deeds = { requests: [], holds: [], exceptions: [], commands: [], tidy }
  const under = new Set<Promise<void>>()
  const secrets = plan.secrets.map(({ name }) => name) as [string, ...string[]]

  async function command(...args: string[]): Promise<Ended> {
    const at = Date.now()
    const env = { ...world.env('operator'), NODE_OPTIONS: `--import ${CLOCK}` }
    const ended = await tourbillonProcess([...args, '--config', world.file], { env, limitMs: 300_000 })
    const said = `${ended.stdout}${ended.stderr}`.replaceAll(/\s+/g, ' ').slice(0, 160)
    deeds.commands.push({ at, args, code: ended.code, ms: ended.ms, said })
    return ended
  }

  async function onDemand() {
    const secret = random.pick(secrets)
    const requestId = randomUUID()
    const asked = Date.now()
    // Minutes ahead it sleeps, over the deploy of a freeze perhaps.
    const sleeps = random.chance(0.4) && until - asked > 600_000
    const seconds = sleeps ? random.between(310, 560) : random.between(15, 40)
    const at = random.chance(0.4) ? asked + seconds * 1_000 : undefined
    const args = ['--secret', secret, '--reason', 'CHG-1', '--request-id', requestId, '--no-wait']
    if (at !== undefined) args.push('--at', new Date(at).toISOString())
    const times = random.chance(0.3) ? 2 : 1
    const ended = await Promise.all(Array.from({ length: times }, () => command('run', ...args)))
    deeds.requests.push({
      secret,
      rotationId: rotationIdOf(ON_DEMAND, secret, requestId),
      schedule: ON_DEMAND,
      instant: at ?? asked,
      // Now is when it was understood: by the time that the last command has ended.
      closes: (at ?? Date.now()) + windowOver(secret, world) * 1_000,
      sure: ended.some(({ code }) => code === 0),
    })
  }

  /** An instant for which a run is planned: soon, where it begins before this run is over, or that waits; else well after it. */
  function plannedFor(): { at: number; isSoon: boolean } {
    const soon = Date.now() + PLANNED_MS + random.between(0, 60) * 1_000
    const later = until + PLANNED_MS + random.between(0, 300) * 1_000
    const isSoon = soon < until - 60_000 || (waits && soon - START_AHEAD_MS < until - AUDITED_MS)
    const at = isSoon ? soon : later
    return { at: at - (at % 1_000), isSoon }
  }

  async function planned() {
    const secret = random.pick(secrets)
    const requestId = randomUUID()
    const { at, isSoon } = plannedFor()
    const args = ['--secret', secret, '--reason', 'CHG-2', '--request-id', requestId, '--no-wait']
    const { code } = await command('run', ...args, '--at', new Date(at).toISOString())
    const request: Happened['requests'][number] = {
      secret,
      rotationId: rotationIdOf(ON_DEMAND, secret, requestId),
      schedule: ON_DEMAND,
      instant: at,
      closes: at + windowOver(secret, world) * 1_000,
      sure: code === 0,
    }
    deeds.requests.push(request)
    if (isSoon && random.chance(0.5)) return
    await sleep(random.between(5, 20) * 1_000)
    await takeBack(requestId, request)
  }

  async function takeBack(id: string, request: Happened['requests'][number]) {
    request.sure = false
    const { code } = await command('cancel', id, '--reason', 'CHG-2')
    if (code === 0) request.cancelledAt = Date.now()
    return code === 0
  }

  /** The next occurrence of some schedule (`which`) that leaves time for a command. */
  function coming(which = /./): { name: string; instant: number } | undefined {
    const from = Date.now() + random.between(30, 75) * 1_000
    const [first, ...rest] = (world.versions.at(-1)?.config.schedules ?? []).flatMap((schedule) => {
      const instant = calendarOf(schedule).next(from)
      const isMeant = instant !== undefined && instant <= until && which.test(schedule.name)
      return isMeant ? [{ name: schedule.name, instant }] : []
    })
    return first && random.pick([first, ...rest])
  }

  async function skip() {
    const next = coming()
    if (next === undefined) return
    const at = ['--at', new Date(next.instant).toISOString()]
    const ended = await command('skip', next.name, ...at, '--reason', 'CHG-3', '--json')
    const excepted = { schedule: next.name, instant: next.instant, ...toldBy(ended) }
    deeds.exceptions.push(excepted)
    if (ended.code === 0 && random.chance(0.3)) await undo(idIn(ended), excepted)
  }

  async function move({ which, stays = false }: { which?: RegExp; stays?: boolean } = {}) {
    const next = coming(which)
    if (next === undefined) return
    const { at: to } = plannedFor()
    const span = ['--from', next.instant, '--to', to].map((it) =>
      typeof it === 'number' ? new Date(it).toISOString() : it,
    )
    const ended = await command('move', next.name, ...span, '--reason', 'CHG-4', '--json')
    const excepted = { schedule: next.name, instant: next.instant, to, ...toldBy(ended) }
    deeds.exceptions.push(excepted)
    if (ended.code === 0 && !stays && random.chance(0.2)) await undo(idIn(ended), excepted)
  }

  /** What was placed after all is in force, whatever its command said. */
  async function undo(id: string, excepted: Happened['exceptions'][number]) {
    await sleep(random.between(1, 10) * 1_000)
    excepted.backAt = Date.now()
    const { code } = await command('cancel', id)
    if (code === 0) excepted.backToldAt = Date.now()
    return code === 0
  }

  async function tidy() {
    for (const end = Date.now() + TIDY_MS; Date.now() < end; await sleep(5_000)) {
      const { code, stdout } = await command('cancel', '--list', '--json')
      if (code !== 0) continue
      const left = (JSON.parse(stdout) as (KeptRequest | Exception)[]).filter((it) => 'requestId' in it)
      if (left.length === 0) return
      for (const { requestId, payload, scheduledAt } of left) {
        const { schedule, movedFrom } = JSON.parse(payload) as { schedule?: string; movedFrom?: string }
        const [from, to] = [movedFrom ?? '', scheduledAt].map((it) => Date.parse(it))
        const moved = deeds.exceptions.find(
          (it) => it.schedule === schedule && it.instant === from && it.to === to,
        )
        const request = deeds.requests.find(
          ({ secret, rotationId }) => rotationIdOf(ON_DEMAND, secret, requestId) === rotationId,
        )
        if (moved) await undo(requestId, moved)
        else if (request) await takeBack(requestId, request)
        else throw new Error(`${requestId} is planned, and nobody asked for it`)
      }
    }
    throw new Error('what is planned for later could not be cancelled')
  }

  async function hold() {
    const scope = scopeIn(random, secrets, world)
    // With an end, for the one whose placing is not known to have succeeded: nobody has its id to release it.
    const ends = Date.now() + MOST_HELD_MS
    const end = ['--until', new Date(ends).toISOString()]
    const held: Happened['holds'][number] = { scope: scope.scope, askedAt: Date.now(), to: ends, until: ends }
    deeds.holds.push(held)
    const placed = await command('hold', ...scope.flag, '--reason', 'incident', ...end, '--json')
    if (placed.code !== 0) return
    const { id } = JSON.parse(placed.stdout)
    held.from = Date.now()
    await sleep(random.between(10, 45) * 1_000)
    // Whether or not it is told so, it may be released from the moment that it is asked for.
    held.to = Math.min(ends, Date.now())
    for (let tries = 0; tries < 4; tries++) {
      const { code } = await command('release', id)
      if (code === 0) held.until = Math.min(ends, Date.now())
      if (code !== 2) return
    }
  }

  const first = () => (waits ? move({ which: /^wave[1-6]-/, stays: true }) : hold())
  for (let count = 0; Date.now() < until; count++) {
    const asked = [onDemand, onDemand, onDemand, hold, hold, skip, skip, skip, move, move, planned] as const
    const deed = count === 0 ? first : random.pick<() => Promise<void>>(asked)
    const done = deed().catch((error: unknown) => {
      deeds.commands.push({ at: Date.now(), args: [], code: null, ms: 0, said: String(error) })
    })
    under.add(done)
    void done.finally(() => under.delete(done))
    await sleep(random.between(everyMs / 2, everyMs * 1.5))
  }
  await Promise.all(under)
  return deeds
}

/** What a command that was told all is well has placed; nothing is known of another's. */
function toldBy({ code }: Ended): { toldAt?: number } {
  return code === 0 ? { toldAt: Date.now() } : {}
}

const idIn = ({ stdout }: Ended) => (JSON.parse(stdout) as Exception).id

function scopeIn(random: Random, secrets: [string, ...string[]], world: ChaosWorld) {
  const schedules = world.versions.at(-1)?.config.schedules.map(({ name }) => name) ?? []
  const secret = random.pick(secrets)
  const schedule = random.pick(schedules as [string, ...string[]])
  return random.pick([
    { scope: `secret/${secret}`, flag: ['--secret', secret] },
    { scope: `secret/${secret}`, flag: ['--secret', secret] },
    { scope: `schedule/${schedule}`, flag: ['--schedule', schedule] },
    random.chance(0.2)
      ? { scope: 'all', flag: ['--all'] }
      : { scope: `secret/${secret}`, flag: ['--secret', secret] },
  ])
}

/** Asked for by secret, it gets the longest window of the schedules that may cover it: docs/operations.md. */
function windowOver(secret: string, { versions }: ChaosWorld): number {
  const schedules = versions.at(-1)?.config.schedules ?? []
  return Math.max(
    ...schedules.filter((it) => it.select || it.secrets.includes(secret)).map((it) => it.windowSeconds),
  )
}
