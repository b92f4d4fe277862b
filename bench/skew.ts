/**
 * Skew: when RotateSecret arrives at Secrets Manager, after the scheduled instant: `node bench/skew.ts`.
 *
 * This process holds the local Scheduler with AWS's jitter, the durable runner and the handlers; Secrets Manager and the
 * ledger have one of their own, as what they do is no work of ours. Instants are a second apart, each with a schedule at `precision: second` and one at `minute`; then
 * come waves at one instant. All of it twice: on its own, and while one more process per core does nothing but count.
 * AWS's own rotation window is not measured: it stands as documented.
 *
 * `--instants N` (60) and `--wave N` (50) shorten it; as it is it takes about seven minutes.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import {
  type DurableExecutionInvocationInput,
  type DurableLambdaHandler,
  OperationType,
} from '@aws/durable-execution-sdk-js'
import { parseConfig } from '../src/config/load.ts'
import { createSchedules } from '../src/demo/schedules.ts'
import { EARLY_MS } from '../src/model/limits.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { startApart } from './apart.ts'
import { aligned, type Distribution, distribution, figures, HEADER, machine, time } from './distribution.ts'

const { values } = parseArgs({
  options: { instants: { type: 'string', default: '60' }, wave: { type: 'string', default: '50' } },
})
const [INSTANTS, WAVE] = [Number(values.instants), Number(values.wave)]
const SECOND = 1_000
/** The Scheduler fires anywhere in it. Source: Scheduler User Guide, precision of scheduled invocations. */
const MINUTE = 60 * SECOND
/** Secrets Manager rotates anywhere in it: the shortest window there is. Source: User Guide, rotate-secrets_schedule. */
const HOUR = 60 * MINUTE
/** Making the stage takes less. */
const SETUP = 15 * SECOND
const ROTATION_TAKES = 1 * SECOND
/** A wave ten at a time takes less. */
const WAVE_TAKES = 20 * SECOND

/** `row`: what it is measured for. */
type Entry = { name: string; row: string; at: number; precision: 'second' | 'minute'; secrets: string[] } & {
  concurrency: number
}

const ROWS = {
  second: 'precision: second',
  minute: 'precision: minute',
  together: `wave of ${WAVE}, all at once`,
  tens: `wave of ${WAVE}, 10 at once`,
}
const start = Math.ceil((Date.now() + SETUP) / SECOND) * SECOND
const quiet = phase('alone', start + EARLY_MS)
const busyFrom = quiet.end
const busy = phase('busy', busyFrom + MINUTE + 2 * SECOND)
const entries = [...quiet.entries, ...busy.entries]

/** The entries of one phase, whose first instant at `precision: second` is `from`. */
function phase(name: string, from: number): { entries: Entry[]; end: number } {
  const single = (precision: 'second' | 'minute', i: number): Entry => ({
    ...{ name: `${name}-${precision}-${i}`, row: `${name}, ${ROWS[precision]}`, precision, concurrency: 10 },
    secrets: [`${name}/${precision}/${i}`],
    // Those of the minute stand a minute ahead: they arrive while those of the second do.
    at: from + i * SECOND - (precision === 'minute' ? MINUTE : 0),
  })
  const wave = (kind: 'together' | 'tens', at: number): Entry => ({
    ...{ name: `${name}-${kind}`, row: `${name}, ${ROWS[kind]}`, precision: 'second', at },
    concurrency: kind === 'together' ? WAVE : 10,
    secrets: Array.from({ length: WAVE }, (_, i) => `${name}/${kind}/${i}`),
  })
  const indices = Array.from({ length: INSTANTS }, (_, i) => i)
  const waves = from + Math.max(INSTANTS * SECOND, MINUTE * Number(INSTANTS > 30)) + 3 * SECOND
  return {
    entries: [
      ...indices.map((i) => single('second', i)),
      ...indices.map((i) => single('minute', i)),
      wave('together', waves),
      wave('tens', waves + WAVE_TAKES),
    ],
    end: waves + 2 * WAVE_TAKES,
  }
}

function yamlOf(entries: Entry[]): string {
  const line = ({ name, at, secrets, precision, concurrency }: Entry) =>
    `  ${name}: { when: at(${new Date(at).toISOString().slice(0, 19)}), precision: ${precision}, concurrency: ${concurrency}, secrets: [${secrets}] }`
  return `defaults: { timezone: UTC }\nschedules:\n${entries.map(line).join('\n')}\n`
}

const yaml = yamlOf(entries)
const loaded = parseConfig('skew.yml', yaml)
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))

/** By row: arrival − instant, ms. */
const skews = new Map<string, number[]>()
const deliveries = new Map<string, number[]>()
const entryOf = new Map(entries.flatMap((entry) => entry.secrets.map((secret) => [secret, entry])))
const note = (rows: Map<string, number[]>, { row, at }: Entry, now: number) =>
  rows.set(row, [...(rows.get(row) ?? []), now - at])

const stage = await startApart(loaded.config, {
  takesMs: ROTATION_TAKES,
  arrived(secret, at) {
    const entry = entryOf.get(secret)
    if (entry) note(skews, entry, at)
  },
})
const { aws } = stage

const { rotateFunction } = namesOf('skew')
const handler = aws.durableFunctions.get(rotateFunction)
if (!handler) throw new Error('the stage has no rotate function')
aws.durableFunctions.set(rotateFunction, watched(handler))

/** Notes when the Scheduler's own delivery of a minute's schedule has started the function. */
function watched(handler: DurableLambdaHandler): DurableLambdaHandler {
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const seen = new Set<string>()
  return (event, context) => {
    const now = Date.now()
    const { DurableExecutionArn, InitialExecutionState } = event as DurableExecutionInvocationInput
    const own = InitialExecutionState.Operations.find((it) => it.Type === OperationType.EXECUTION)
    const { schedule } = JSON.parse(own?.ExecutionDetails?.InputPayload ?? '{}') as { schedule?: string }
    const entry = byName.get(schedule ?? '')
    if (entry?.precision === 'minute' && !seen.has(DurableExecutionArn)) note(deliveries, entry, now)
    seen.add(DurableExecutionArn)
    return handler(event, context)
  }
}

await stage.secrets(entryOf.keys())
const none = { name: '', at: 0, leadSeconds: 0 }
await createSchedules(loaded.config, aws.arnOfFunction(rotateFunction), none)
if (Date.now() > start) throw new Error('making the stage took too long: the first companions were missed')

console.log(machine())
const minutes = ((busy.end - Date.now()) / MINUTE).toFixed(1)
console.log(
  `${INSTANTS} instants at each precision and 2 waves of ${WAVE}, alone and busy: ${minutes} minutes\n`,
)
await sleep(busyFrom - Date.now())
// On its own once more if this process dies: the loop looks whether its parent is still there.
const script =
  'const parent = process.ppid; const turn = () => { for (let i = 0; i < 5e7; i++); if (process.ppid === parent) setImmediate(turn) }; turn()'
const loads = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ['-e', script], { stdio: 'ignore' }),
)
await sleep(busy.end - Date.now())
for (const load of loads) load.kill()
await stage.stop()

const uniform = (length: number): Distribution => {
  const at = (part: number) => length * part
  return { count: 0, min: 0, p50: at(0.5), p99: at(0.99), max: at(1) }
}
const rows = [['arrival of RotateSecret − scheduled instant', ...HEADER, 'first to last']]
for (const name of ['alone', 'busy']) {
  for (const kind of Object.values(ROWS)) {
    const row = distribution(skews.get(`${name}, ${kind}`) ?? [])
    rows.push([`${name}, ${kind}`, ...figures(row, time), time(row.max - row.min)])
    const delivered = deliveries.get(`${name}, ${kind}`)
    if (delivered)
      rows.push([`${name}, the Scheduler's delivery`, ...figures(distribution(delivered), time), ''])
  }
}
const [, ...native] = figures(uniform(HOUR), time)
rows.push(['AWS native: anywhere in an hour (documented)', '', ...native, ''])
console.log(aligned(rows))

const second = distribution(skews.get(`alone, ${ROWS.second}`) ?? [])
const minute = distribution(skews.get(`alone, ${ROWS.minute}`) ?? [])
const ratio = (of: Distribution, part: 'p50' | 'p99') =>
  `${Math.round(of[part] / second[part]).toLocaleString('en')} ×`
console.log(
  `\nminute ÷ second: ${ratio(minute, 'p50')} at p50, ${ratio(minute, 'p99')} at p99; ` +
    `an hour's window ÷ second: ${ratio(uniform(HOUR), 'p50')} at p50, ${ratio(uniform(HOUR), 'p99')} at p99`,
)
