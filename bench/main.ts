/**
 * `npm run bench`: every benchmark, one after the other, or those that are named: `npm run bench -- calendar deploy`.
 * Each is a process of its own, and can be run alone: `node bench/calendar.ts`.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** In the order of docs/benchmarks.md; minutes are what each takes on two cores. */
const BENCHES = [
  { name: 'skew', minutes: 7 },
  { name: 'throttled', minutes: 14, file: 'throttled/throttled.ts' },
  { name: 'verdict', minutes: 6 },
  { name: 'fleet', minutes: 10, file: 'fleet/fleet.ts' },
  { name: 'audit', minutes: 7 },
  { name: 'applications', minutes: 20, file: 'applications/applications.ts' },
  { name: 'calendar', minutes: 1 },
  { name: 'start-up', minutes: 2 },
  { name: 'deploy', minutes: 3 },
  { name: 'plan', minutes: 1 },
  { name: 'diff', minutes: 2 },
  { name: 'report', minutes: 1 },
  { name: 'rehearsal', minutes: 3 },
]

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !BENCHES.some((bench) => bench.name === name))
if (unknown !== undefined) {
  console.error(`no benchmark "${unknown}": there are ${BENCHES.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const chosen = BENCHES.filter(({ name }) => asked.length === 0 || asked.includes(name))

const [{ model = 'unknown CPU' } = {}] = cpus()
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
console.log(
  `${model}, ${availableParallelism()} cores, ${memory}, Node ${process.version}, ${process.platform}`,
)
const minutes = chosen.reduce((sum, bench) => sum + bench.minutes, 0)
console.log(`${new Date().toISOString().slice(0, 16)}Z, about ${minutes} min to come`)
for (const { name, file = `${name}.ts` } of chosen) {
  console.log(`\n${name}\n${'='.repeat(name.length)}`)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], {
    stdio: 'inherit',
  })
  if (status !== 0) {
    console.error(`${name} ended with ${status}`)
    process.exitCode = 1
  }
}
