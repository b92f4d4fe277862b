/**
 * What the audit costs a month while nothing goes wrong: a day of it in simulation, where the audit is the real one and
 * time is virtual, times thirty. Every secret rotates once in that day, a hundred to a schedule. `node bench/audit.ts`.
 */
import type { AuditPorts } from '../src/audit/ports.ts'
import { rotationIdOf } from '../src/model/identity.ts'
import type { Rotation } from '../src/model/rotation.ts'
import { MINUTE } from '../src/model/time.ts'
import { addSecret } from '../src/rehearse/world/aws.ts'
import { PRICES } from '../src/report/prices.ts'
import { claimOf } from '../src/rotation/claim.ts'
import { waveOf } from '../src/rotation/wave-request.ts'
import { auditorOf } from '../test/audit/auditor.ts'
import { INSTANT, simulatedStage } from '../test/sim/stage.ts'
import { aligned } from './distribution.ts'
import { sizeOf } from './fleet/counters.ts'
import { number } from './fleet/tables.ts'

const RUNS_A_DAY = 288
const DAYS = 30

/** Of the audit's function: serverless.yml. */
const FUNCTION_GB = 0.5

/** Secrets of one schedule. */
const OF_A_SCHEDULE = 100

type Day = { describes: number; readUnits: number; writeUnits: number; tookMs: number }

async function day(secrets: number): Promise<Day> {
  const stage = simulatedStage({ schedule: { secrets: [] } })
  const [first] = stage.config.schedules
  if (!first) throw new Error('no schedule')
  const schedules = Array.from({ length: Math.ceil(secrets / OF_A_SCHEDULE) }, (_, of) => ({
    ...first,
    name: `nightly-${of}`,
    secrets: Array.from(
      { length: Math.min(secrets, OF_A_SCHEDULE) },
      (_, index) => `fleet/${of}/db-${index}`,
    ),
    maxAgeSeconds: 45 * 86_400,
  }))
  const config = { ...stage.config, schedules }
  for (const schedule of schedules) for (const secret of schedule.secrets) addSecret(stage.aws, secret)
  const total: Day = { describes: 0, readUnits: 0, writeUnits: 0, tookMs: 0 }
  const auditor = auditorOf(stage)
  const world = { ...counted(auditor.world, total), config }
  const run = async (at: number) => {
    total.tookMs -= at
    await stage.clock.runUntil(at)
    let ended = 0
    const report = auditor.run(world).then((it) => {
      ended = stage.clock.now()
      return it
    })
    await stage.clock.runUntil(at + 4 * MINUTE)
    const { missed, errors, unfinished } = await report
    if (missed + errors > 0 || unfinished) throw new Error('the day was to be quiet')
    total.tookMs += ended
  }
  await run(INSTANT - MINUTE)
  // A day in its stride: the first run, which looks at all, is not of it.
  Object.assign(total, { describes: 0, readUnits: 0, writeUnits: 0, tookMs: 0 })
  stage.aws.calls.length = 0
  await settleAll(stage, config, new Date(INSTANT).toISOString())
  for (let index = 0; index < RUNS_A_DAY; index++) await run(INSTANT + (index + 1) * 5 * MINUTE)
  total.describes = stage.aws.calls.filter(({ action }) => action === 'DescribeSecret').length
  return total
}

/** As the wave leaves them. */
async function settleAll(
  stage: ReturnType<typeof simulatedStage>,
  config: AuditPorts['config'],
  scheduledAt: string,
): Promise<void> {
  for (const { name, secrets } of config.schedules) {
    const wave = waveOf({ schedule: name, scheduledAt }, config)
    const world = { now: stage.clock.now, executionArn: 'run', config }
    for (const secret of secrets) {
      const claim = claimOf(rotationIdOf(name, secret, scheduledAt), secret, wave, world)
      const then = { at: scheduledAt, settledAt: scheduledAt, rotatedAt: scheduledAt }
      await stage.ledger.record(claim, { status: 'SUCCEEDED', ...then })
    }
  }
}

/** Units by the items' sizes where they are big; else one for each call, which is what a small item costs at most. */
function counted(world: AuditPorts, total: Day): Partial<AuditPorts> {
  const each = <Store extends object>(store: Store, price: (name: string, answer: unknown) => void): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const answer = member.apply(target, args)
          price(String(name), answer)
          return answer
        }
      },
    })
  const read = () => {
    total.readUnits += 1
  }
  const { ledger } = world
  return {
    ledger: {
      ...each(ledger, read),
      async *query(...args) {
        let bytes = 0
        for await (const rotation of ledger.query(...args)) {
          bytes += sizeOf(rotation satisfies Rotation)
          yield rotation
        }
        total.readUnits += Math.max(1, Math.ceil(bytes / 4_096)) / 2
      },
    },
    holds: each(world.holds, read),
    waves: each(world.waves, read),
    deliveries: each(world.deliveries, read),
    approvals: each(world.approvals, read),
    requests: each(world.requests, read),
    policies: each(world.policies, read),
    states: {
      async get() {
        const answer = await world.states.get()
        total.readUnits += Math.max(1, Math.ceil(sizeOf(answer) / 4_096))
        return answer
      },
      async put(state, revision) {
        total.writeUnits += Math.ceil(sizeOf(state) / 1_024)
        return world.states.put(state, revision)
      },
    },
  }
}

const rows = [
  ['secrets', 'DescribeSecret', 'before', 'read units', 'write units', 'Lambda GB-s', 'dollars', 'before'],
]
for (const secrets of [100, 1_000, 10_000]) {
  const one = await day(secrets)
  const month = (amount: number) => amount * DAYS
  const [describes, reads, writes] = [one.describes, one.readUnits, one.writeUnits].map(month) as [
    number,
    number,
    number,
  ]
  const gbSeconds = (month(one.tookMs) / 1_000) * FUNCTION_GB
  const before = secrets * RUNS_A_DAY * DAYS
  const price = ({ dollars, per }: { dollars: number; per: number }, amount: number) =>
    (amount / per) * dollars
  const others =
    price(PRICES.readUnits, reads) +
    price(PRICES.writeUnits, writes) +
    price(PRICES.gbSeconds, gbSeconds) +
    price(PRICES.requests, month(RUNS_A_DAY))
  const dollars = others + price(PRICES.secretsManager, describes)
  rows.push([
    number(secrets),
    number(describes),
    number(before),
    number(reads),
    number(writes),
    number(gbSeconds),
    `$${dollars.toFixed(2)}`,
    `$${price(PRICES.secretsManager, before).toFixed(2)}`,
  ])
}
console.log(aligned(rows))
console.log('a month of 30 days; “before”: DescribeSecret alone, every secret every five minutes')
console.log('prices: docs/costs.md')
