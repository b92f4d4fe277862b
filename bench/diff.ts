/**
 * `npx aws-tourbillon diff` of two files as a whole process, and of what its time is made: `node bench/diff.ts`. The two differ as
 * a pull request does (one schedule an hour later), or in everything: each schedule an hour later, and a freeze longer.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diffConfigs } from '../src/diff/diff.ts'
import { loaded, yamlOf } from './config.ts'
import { median } from './distribution.ts'

const RUNS = 9
const FROM = Date.UTC(2026, 10, 27)
const MAIN = join(import.meta.dirname, '../src/cli/main.ts')

const directory = mkdtempSync(join(tmpdir(), 'bench-'))
const usage = join(directory, 'usage.mjs')
writeFileSync(
  usage,
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu ' + Math.round((user + system) / 1000)) })",
)
const written = (name: string, text: string) => {
  const file = join(directory, name)
  writeFileSync(file, text)
  return file
}

console.log('schedules  differ      text      CPU        md      JSON  compared  differing instants')
for (const count of [10, 100, 424]) {
  const text = yamlOf(count)
  const base = written(`base-${count}.yml`, text)
  for (const differ of [1, count]) {
    const changed = later(text, differ)
    const head = written(`head-${count}.yml`, changed)
    const times = (more: string[]) => Array.from({ length: RUNS }, () => run([base, head, ...more]))
    const [plain, md, json] = [[], ['--format', 'md'], ['--json']].map(times)
    const compared = Array.from({ length: RUNS }, () => compare(text, changed))
    const cells = [
      seconds(plain?.map(({ ms }) => ms)),
      seconds(plain?.map(({ cpu }) => cpu)),
      seconds(md?.map(({ ms }) => ms)),
      seconds(json?.map(({ ms }) => ms)),
      `${median(compared.map(({ ms }) => ms)).toFixed(0)} ms`,
    ]
    console.log(
      `${String(count).padStart(9)}  ${String(differ).padStart(6)}${cells.map((cell) => cell.padStart(10)).join('')}  ${compared[0]?.instants}`,
    )
  }
}
rmSync(directory, { recursive: true })

/** The first so many schedules an hour later; of all of them, the freeze begins a week earlier, too. */
function later(text: string, count: number): string {
  let left = count
  const moved = text.replace(/cron\((\d+) (\d+)/g, (whole, minute, hour) =>
    left-- > 0 ? `cron(${minute} ${(Number(hour) + 1) % 24}` : whole,
  )
  return count > 1 ? moved.replace('2026-12-28', '2026-12-21') : moved
}

/** `cpu`: what the process used of a core, as it says itself on its way out. */
function run(args: string[]): { ms: number; cpu: number } {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--import', usage, MAIN, 'diff', ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(stderr)
  return { ms: performance.now() - began, cpu: Number(/cpu (\d+)/.exec(stderr)?.[1]) }
}

function compare(base: string, head: string): { ms: number; instants: number } {
  const [before, after] = [loaded(base), loaded(head)]
  const began = performance.now()
  const { schedules } = diffConfigs(before, after, FROM)
  const ms = performance.now() - began
  const instants = schedules.reduce(
    (sum, { gained, lost, moved }) => sum + gained.length + lost.length + moved.length,
    0,
  )
  return { ms, instants }
}

function seconds(ms: number[] = []): string {
  return `${(median(ms) / 1_000).toFixed(2)} s`
}
