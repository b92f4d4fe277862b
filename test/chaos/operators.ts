import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { rotationIdOf } from '../../src/model/identity.ts'
import { ON_DEMAND } from '../../src/model/resource-names.ts'
import { type Random, seeded } from '../../src/rehearse/world/random.ts'
import { type Ended, tourbillonProcess } from '../cli/tourbillon.ts'
import type { Happened } from './judge.ts'
import type { Plan } from './plan.ts'
import type { ChaosWorld } from './world.ts'

/** What people asked for, and were told. */
export type Deeds = {
  requests: Happened['requests']
  holds: Happened['holds']
  /** For the evidence: every command, and how it ended. */
  commands: { at: number; args: string[]; code: number | null; ms: number; said: string }[]
}

/** Commands go by the clock of the run. */
const CLOCK = join(import.meta.dirname, 'clock.ts')

/** Longer than any of these holds lasts before it is released. */
const MOST_HELD_MS = 180_000

/** People at their keyboards until `until`: rotations on demand, some asked for twice, and holds that stack. */
export async function operate(
  world: ChaosWorld,
  plan: Plan,
  seed: number,
  { until, everyMs, signal }: { until: number; everyMs: number; signal: AbortSignal },
): Promise<Deeds> {
  const random = seeded(seed + 5)
  const sleep = (ms: number) => pause(ms, undefined, { signal })
  const deeds: Deeds = { requests: [], holds: [], commands: [] }
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

  async function hold() {
    const scope = scopeIn(random, secrets, world)
    // With an end, for the one whose placing is not known to have succeeded: nobody has its id to release it.
    const ends = Date.now() + MOST_HELD_MS
    const end = ['--until', new Date(ends).toISOString()]
    const placed = await command('hold', ...scope.flag, '--reason', 'incident', ...end, '--json')
    if (placed.code !== 0) return
    const { id } = JSON.parse(placed.stdout)
    const held = { scope: scope.scope, from: Date.now(), to: ends }
    deeds.holds.push(held)
    await sleep(random.between(10, 45) * 1_000)
    // Whether or not it is told so, it may be released from the moment that it is asked for.
    held.to = Math.min(ends, Date.now())
    for (let tries = 0; tries < 4 && (await command('release', id)).code === 2; tries++) {}
  }

  while (Date.now() < until) {
    const deed = random.chance(0.6) ? onDemand() : hold()
    const done = deed.catch((error: unknown) => {
      deeds.commands.push({ at: Date.now(), args: [], code: null, ms: 0, said: String(error) })
    })
    under.add(done)
    void done.finally(() => under.delete(done))
    await sleep(random.between(everyMs / 2, everyMs * 1.5))
  }
  await Promise.all(under)
  return deeds
}

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
