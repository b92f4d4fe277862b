/**
 * Skew while AWS throttles: when RotateSecret arrives, after the scheduled instant, for schedules at `precision: second`:
 * `node bench/throttled/throttled.ts`. A share of what the orchestrator asks of DynamoDB, Secrets Manager and of Lambda's
 * checkpoints is refused, as a request over the wire; RotateSecret is held to its 50 a second all the time.
 *
 * `--root DIR` (more than one, if wanted) measures the handlers of another checkout, with its packages, in the same run,
 * in turns, against the same AWS. `--shares 0,5,20,50` (percent), `--instants 40` (a second apart), `--wave 100` (at one instant). About
 * two to four minutes for each share and checkout.
 */
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { aligned, distribution, HEADER, machine, time } from '../distribution.ts'
import { type Measured, measure, type Rotated } from './world.ts'

const { values } = parseArgs({
  options: {
    root: { type: 'string', multiple: true, default: [] },
    shares: { type: 'string', default: '0,5,20,50' },
    instants: { type: 'string', default: '40' },
    wave: { type: 'string', default: '100' },
  },
})
const HERE = resolve(import.meta.dirname, '../..')
const ROOTS = [...values.root.map((root) => resolve(root)), HERE]
const SHARES = values.shares.split(',').map(Number)
const KINDS = { single: 'each at its own instant', wave: 'all at one instant' }

console.log(machine())
const measured = new Map<string, Measured>()
for (const [turn, share] of SHARES.entries())
  for (const root of turn % 2 === 0 ? ROOTS : ROOTS.toReversed()) {
    const [before = 0] = loadavg()
    const one = await measure({
      ...{ root, share: share / 100 },
      ...{ instants: Number(values.instants), wave: Number(values.wave) },
    })
    measured.set(`${root} ${share}`, one)
    const { asked, throttled, lost } = one
    const load = `load ${before.toFixed(1)} to ${(loadavg()[0] ?? 0).toFixed(1)}`
    console.error(
      `${share} %, ${root}: ${throttled} of ${asked} throttled, ${lost} invocations lost; ${load}`,
    )
  }

const cellOf = (root: string, share: number) => measured.get(`${root} ${share}`) as Measured
const skews = (rotations: Rotated[]) => distribution(rotations.flatMap(({ arrivedMs }) => arrivedMs ?? []))
const times = (value: number) => (Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} ×` : '–')
for (const [kind, title] of Object.entries(KINDS)) {
  const of = (root: string, share: number) => cellOf(root, share).rotations.filter((it) => it.kind === kind)
  const [{ length = 0 } = {}] = [of(HERE, SHARES[0] ?? 0)]
  if (length === 0) continue
  const rows = SHARES.flatMap((share) =>
    ROOTS.map((root) => {
      const rotations = of(root, share)
      const { count, min, p50, p99, max } = skews(rotations)
      const now = skews(of(HERE, share))
      const calm = skews(of(root, SHARES[0] ?? 0))
      const lies = rotations.map(
        ({ arrivedMs = Number.NaN, recordedMs = Number.NaN }) => arrivedMs - recordedMs,
      )
      return [
        `${share} %, ${root === HERE ? 'this checkout' : root}`,
        ...[String(count), ...[min, p50, p99, max].map(time)],
        String(rotations.filter(({ arrivedMs = 0 }) => arrivedMs > 1_000).length),
        times(p50 / calm.p50),
        times(max / calm.max),
        ...(ROOTS.length > 1 ? [times(p50 / now.p50), times(max / now.max)] : []),
        (rotations.reduce((sum, { sent }) => sum + sent, 0) / rotations.length).toFixed(2),
        time(lies.reduce((most, it) => (it > most || Number.isNaN(most) ? it : most), Number.NaN)),
        endings(rotations),
      ]
    }),
  )
  const beside = ROOTS.length > 1 ? ['÷ here, p50', 'max'] : []
  const head = ['throttled', ...HEADER, 'over 1 s', `÷ ${SHARES[0]} %, p50`, 'max', ...beside]
  console.log(`\n${length} rotations, ${title}: arrival of RotateSecret − scheduled instant`)
  console.log(aligned([[...head, 'sendings each', 'later than recorded', 'ended'], ...rows]))
}
const wire = SHARES.flatMap((share) =>
  ROOTS.map((root) => {
    const { asked, throttled, lost } = cellOf(root, share)
    return [`${share} %, ${root === HERE ? 'this checkout' : root}`, ...[asked, throttled, lost].map(String)]
  }),
)
console.log(`\n${aligned([['the orchestrator', 'requests', 'throttled', 'invocations lost'], ...wire])}`)

function endings(rotations: Rotated[]): string {
  const counts = Object.groupBy(rotations, ({ status = 'no record', reason = '' }) =>
    `${status} ${reason}`.trim(),
  )
  return Object.entries(counts)
    .map(([ending, some = []]) => `${some.length} ${ending}`)
    .join(', ')
}
