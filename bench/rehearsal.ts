/**
 * What a rehearsal takes, by size: weekly schedules of eight secrets each, through a year. `node bench/rehearsal.ts`.
 * Each row is a process of its own, for its memory.
 */
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { parseConfig } from '../src/config/load.ts'
import { rehearse } from '../src/rehearse/rehearse.ts'

const FROM = Date.parse('2027-01-01T00:00:00Z')
const YEAR = 365 * 86_400_000

type Row = { schedules: number; faults: 'none' | 'usual'; threads?: number }

const ROWS: Row[] = [
  { schedules: 10, faults: 'none' },
  { schedules: 100, faults: 'none', threads: 1 },
  { schedules: 100, faults: 'none' },
  { schedules: 100, faults: 'usual' },
  { schedules: 500, faults: 'none' },
]

/** Spread over the week, in two zones, each fourth to the second, with a `maxAge` and a freeze of a fortnight. */
function configOf(schedules: number) {
  const entry = (index: number) => `
  weekly-${index}:
    when: cron(${(index * 7) % 60} ${index % 24} ? * ${1 + (index % 7)} *)
    timezone: ${index % 2 === 0 ? 'America/New_York' : 'Europe/Berlin'}
    precision: ${index % 4 === 0 ? 'second' : 'minute'}
    maxAge: 30d
    secrets: [${Array.from({ length: 8 }, (_, secret) => `db-${index}-${secret}`).join(', ')}]`
  const freeze = '- { name: holidays, from: 2027-12-18, to: 2028-01-02, timezone: UTC }'
  const text = `freezes:\n  ${freeze}\nschedules:${Array.from({ length: schedules }, (_, index) => entry(index)).join('')}\n`
  const loaded = parseConfig('config/bench.yml', text)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors[0]))
  return loaded.config
}

async function run({ schedules, faults, threads }: Row): Promise<void> {
  const config = configOf(schedules)
  const outcomes = new Map<string, number>()
  const began = performance.now()
  const { rotations, sampled } = await rehearse({
    ...{ config, from: FROM, to: FROM + YEAR, seed: 1, faults },
    secretsOf: ({ secrets }) => secrets,
    onWave: ({ rotations: some }) => {
      for (const { status } of some) outcomes.set(status, (outcomes.get(status) ?? 0) + 1)
    },
    onTold: () => {},
    ...(threads !== undefined && { threads }),
  })
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage()
  const cpu = (user + system) / 1e6
  const megabytes = process.resourceUsage().maxRSS / 1_024
  const cells = [
    String(schedules),
    `${faults}${threads === undefined ? '' : `, ${threads} thread`}`,
    rotations.toLocaleString('en'),
    `${seconds.toFixed(1)} s`,
    `${cpu.toFixed(1)} s`,
    Math.round(rotations / seconds).toLocaleString('en'),
    `${((1_000 * cpu) / rotations).toFixed(2)} ms`,
    `${Math.round(megabytes)} MB`,
    `${loadavg()[0]?.toFixed(0)}`,
  ]
  console.log(`| ${cells.join(' | ')} |${sampled ? ' sampled' : ''}`)
  console.error([...outcomes].map(([status, count]) => `  ${count} ${status}`).join(','))
}

const [asked] = process.argv.slice(2)
if (asked !== undefined) await run(JSON.parse(asked))
else {
  console.log(
    '| schedules | faults | rotations | time | CPU | rotations a second | CPU a rotation | peak memory | load |',
  )
  console.log('| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
  for (const row of ROWS)
    spawnSync(process.execPath, [import.meta.filename, JSON.stringify(row)], { stdio: 'inherit' })
}
