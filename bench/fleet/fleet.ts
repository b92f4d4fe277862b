/**
 * Waves of many secrets: `node bench/fleet/fleet.ts`. How long they take, what each rotation costs in calls, durable
 * operations, bytes and memory, and how that grows with the wave. Then, on paper, what AWS's quotas and prices make of
 * the figures.
 *
 * In simulation (test/sim) the workflow is the real one, time is virtual, and a rotation function takes 20 s of it.
 * Over HTTP everything is real: handlers, SDK clients, the durable runner; a rotation function takes 1 s. Each wave
 * has a process of its own.
 *
 * `--sizes 10,100` and `--http 10,100` choose other waves, `--concurrency 10,50` how many rotate at once; `--http 0`
 * leaves HTTP out.
 */
import { parseArgs } from 'node:util'
import { machine } from '../distribution.ts'
import type { Case, Figures } from './figures.ts'
import { measure } from './measure.ts'
import { againstQuotas, dollars } from './on-paper.ts'
import { duration, growth, limits } from './tables.ts'

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,1000,10000' },
    http: { type: 'string', default: '10,100,1000' },
    concurrency: { type: 'string', default: '1,10,50,200' },
  },
})
const numbers = (list: string) =>
  list
    .split(',')
    .map(Number)
    .filter((it) => it > 0)
const [SIZES, HTTP, AT_ONCE] = [numbers(values.sizes), numbers(values.http), numbers(values.concurrency)]
/** Where one concurrency stands for all: how each rotation grows does not depend on it. */
const USUAL = AT_ONCE.includes(50) ? 50 : (AT_ONCE[0] ?? 10)
const SIMULATED = { world: 'simulated', rotationMs: 20_000 } as const
const REAL = { world: 'http', rotationMs: 1_000 } as const
/** The longest window there is: what does not fit it is left out. */
const WINDOW_MS = 86_400_000

const began = performance.now()
console.log(`Fleet: ${machine()}\n`)

const simulated = await all(
  SIZES.flatMap((secrets) =>
    AT_ONCE.filter((concurrency) => (secrets * SIMULATED.rotationMs) / concurrency < WINDOW_MS).map(
      (concurrency) => ({ ...SIMULATED, secrets, concurrency }),
    ),
  ),
)
const usual = simulated.filter(({ concurrency }) => concurrency === USUAL)
section('Simulated, 20 s a rotation function, RotateSecret held to 50/s', duration(simulated))
section(`Simulated, ${USUAL} at once: each rotation`, growth(usual))

const stuck = await all(
  SIZES.map((secrets) => ({ ...SIMULATED, rotationMs: 1_000, secrets, concurrency: 200, fails: true })),
)
section(
  'Simulated, 200 at once, every rotation function fails: each rotation is stuck until its timeout of 15 min',
  growth(stuck),
)
const patient = await all(
  [7_200, 86_400].map((timeoutSeconds) => ({
    ...{ ...SIMULATED, rotationMs: 1_000, secrets: 100, concurrency: 200, fails: true },
    timeoutSeconds,
  })),
)
section('Executions against Lambda’s limits', limits([...usual, ...stuck, ...patient]))

const http = await all(
  HTTP.flatMap((secrets) =>
    AT_ONCE.filter((concurrency) => concurrency === USUAL || fitsHttp(secrets, concurrency)).map(
      (concurrency) => ({ ...REAL, secrets, concurrency }),
    ),
  ),
)
if (http.length > 0) {
  const usualHttp = http.filter(({ concurrency }) => concurrency === USUAL)
  section('Over HTTP, 1 s a rotation function', duration(http))
  section(`Over HTTP, ${USUAL} at once: each rotation`, growth(usualHttp))
  section('Over HTTP, executions against Lambda’s limits', limits(usualHttp))
}

const largest = usual.at(-1)
if (largest) {
  section('On paper: 100,000 secrets in one wave, by the largest simulated one', againstQuotas(largest))
  if (http.length > 0) {
    const slow = await measure({ ...REAL, rotationMs: SIMULATED.rotationMs, secrets: 20, concurrency: 10 })
    section('On paper: dollars, us-east-1, 20 s a rotation function', dollars(largest, slow))
  }
}
console.log(`\n${Math.round((performance.now() - began) / 1_000)} s`)

/** Real time is long: a rotation of a second takes two, to the next look. */
function fitsHttp(secrets: number, concurrency: number): boolean {
  return secrets > concurrency / 2 && (secrets * 2) / concurrency <= 20
}

async function all(cases: Case[]): Promise<Figures[]> {
  const measured: Figures[] = []
  for (const one of cases) measured.push(await measure(one))
  return measured
}

function section(title: string, text: string): void {
  console.log(`${title}\n${text}\n`)
}
