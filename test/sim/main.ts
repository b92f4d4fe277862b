import { parseArgs } from 'node:util'
import { keptTable } from './kept.ts'
import { simulate } from './simulate.ts'
import { switchTable } from './switch-table.ts'
import { switchesOf } from './switches.ts'
import { touchedTable } from './touched.ts'

/** `npm run simulate -- --seeds N [--from S]`, or `--seed S` to see one run whole. Exit 1: an invariant broke. `--kept N`: what retries keep, over N waves. `--touched N`: how many secrets a wave of broken functions touches, with a canary and without. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    kept: { type: 'string' },
    touched: { type: 'string' },
  },
})
process.exitCode = await run()

async function run(): Promise<number> {
  const { seed, seeds, from, kept, touched } = values
  if (touched !== undefined) {
    process.stdout.write(`${(await touchedTable(Number(touched))).join('\n')}\n`)
    return 0
  }
  if (kept === undefined) return seed === undefined ? many(Number(from), Number(seeds)) : one(Number(seed))
  process.stdout.write(`${(await keptTable(Number(kept))).join('\n')}\n`)
  return 0
}

async function many(from: number, seeds: number): Promise<number> {
  const began = performance.now()
  const totals = { rotations: 0, faults: 0, broken: 0 }
  const statuses = new Map<string, number>()
  const wave = { largest: 0 }
  const table = switchTable()
  for (let seed = from; seed < from + seeds; seed++) {
    const { violations, aftermath } = await simulate(seed)
    table.note(seed, aftermath)
    const rows = [...aftermath.stage.ledger.rows.values()]
    totals.rotations += rows.length
    totals.faults += aftermath.scenario.faults.length
    wave.largest = Math.max(wave.largest, aftermath.stage.secrets.length)
    for (const { status, reason } of rows) {
      const outcome = reason === undefined ? status : `${status} ${reason}`
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1)
    }
    if (violations.length > 0) {
      totals.broken++
      const on = switchesOf(seed).join(', ')
      process.stdout.write(`seed ${seed} (${on}): ${violations.join('; ')}\n`)
    }
    if (seed % 500 === 0)
      process.stderr.write(`${seed - from + 1} of ${seeds} seeds, ${totals.broken} broken\n`)
  }
  const seconds = (performance.now() - began) / 1_000
  process.stdout.write(
    `${seeds} seeds in ${seconds.toFixed(1)} s: ${totals.rotations} rotations, ${totals.faults} faults, largest wave ${wave.largest}, ${totals.broken} seeds broke an invariant\n`,
  )
  for (const [outcome, count] of [...statuses].sort((a, b) => b[1] - a[1])) {
    process.stdout.write(`  ${String(count).padStart(7)}  ${outcome}\n`)
  }
  process.stdout.write(`${(await table.lines()).join('\n')}\n`)
  return totals.broken === 0 ? 0 : 1
}

async function one(seed: number): Promise<number> {
  const { violations, aftermath } = await simulate(seed)
  const { scenario, stage } = aftermath
  const time = (at: number) => new Date(at).toISOString().slice(11, 23)
  const lines = [
    `schedule ${JSON.stringify(scenario.stage.schedule)}${scenario.stage.selected ? ', selected' : ''}; switches ${switchesOf(seed).join(', ')}`,
    ...scenario.deliveries.map(
      ({ at, request, killed }) =>
        `${time(at)} delivery ${JSON.stringify(request)}${killed ? ' killed' : ''}`,
    ),
    ...scenario.people.map(({ at, does }) => `${time(at)} ${JSON.stringify(does)}`),
    ...scenario.faults.map(({ at, what }) => `${time(at)} fault: ${what}`),
    ...stage.aws.events.map(
      ({ at, type, secretName, versionId }) => `${time(at)} ${type} ${secretName} ${versionId}`,
    ),
    ...[...stage.ledger.rows.values()].flatMap(({ secret, rotationId, events }) =>
      events.map(
        ({ at, status, reason = '', message = '' }) =>
          `${at.slice(11, 23)} ledger ${secret} ${rotationId} ${status} ${reason} ${message}`,
      ),
    ),
  ]
  const [first = '', ...rest] = lines
  process.stdout.write(`${[first, ...rest.sort()].join('\n')}\n`)
  process.stdout.write(
    violations.length === 0 ? 'every invariant holds\n' : `BROKEN: ${violations.join('\nBROKEN: ')}\n`,
  )
  return violations.length === 0 ? 0 : 1
}
