/**
 * The calendar beside cron-parser and croner: `node bench/calendar.ts`.
 * Warm: the median of several runs in one process. Cold: the first run of a fresh process each, compiling and a first
 * look at the zone included, loading the modules not; the median of several, library by library in turn.
 */
import { execFileSync } from 'node:child_process'
import { CronExpressionParser } from 'cron-parser'
import { Cron } from 'croner'
import { compile } from '../src/calendar/calendar.ts'
import { DAY } from '../src/model/time.ts'
import { median } from './distribution.ts'

const FROM = Date.UTC(2026, 10, 24, 12)
const RUNS = 7

type Case = [name: string, aws: string, crontab: string, timezone: string, count: number]

const CASES: Case[] = [
  ['daily at 03:00, next 1,000', 'cron(0 3 * * ? *)', '0 3 * * *', 'America/New_York', 1000],
  ['daily at 03:00, next 1,000', 'cron(0 3 * * ? *)', '0 3 * * *', 'UTC', 1000],
  ['29 February, next 1', 'cron(0 3 29 2 ? *)', '0 3 29 2 *', 'America/New_York', 1],
  ['29 February, next 20', 'cron(0 3 29 2 ? *)', '0 3 29 2 *', 'America/New_York', 20],
  ['Friday 13:30, next 200', 'cron(30 13 ? * FRI *)', '30 13 * * 5', 'Europe/London', 200],
  ['every 5 minutes, next 1,000', 'cron(0/5 * * * ? *)', '*/5 * * * *', 'Asia/Tokyo', 1000],
]

function ours([, aws, , timezone, count]: Case): number {
  const calendar = compile(aws, timezone)
  let at: number | undefined = FROM
  for (let i = 0; i < count && at !== undefined; i++) at = calendar.next(at)
  return at ?? Number.NaN
}

function cronParser([, , crontab, timezone, count]: Case): number {
  const expression = CronExpressionParser.parse(crontab, { currentDate: new Date(FROM), tz: timezone })
  let at = Number.NaN
  for (let i = 0; i < count; i++) at = expression.next().getTime()
  return at
}

function croner([, , crontab, timezone, count]: Case): number {
  const cron = new Cron(crontab, { timezone, paused: true })
  let at: Date | null = new Date(FROM)
  for (let i = 0; i < count && at !== null; i++) at = cron.nextRun(at)
  return at?.getTime() ?? Number.NaN
}

function timed(action: () => number): { ms: number; result: number } {
  const started = performance.now()
  const result = action()
  return { ms: performance.now() - started, result }
}

function warm(action: () => number): { ms: number; result: number } {
  const runs = Array.from({ length: RUNS }, () => timed(action))
  return { ms: median(runs.map(({ ms }) => ms)), result: runs[0]?.result ?? Number.NaN }
}

const LIBRARIES = [ours, cronParser, croner]

/** In a process of its own: `node bench/calendar.ts cold LIBRARY CASE` prints milliseconds. */
function coldRun(library: number, index: number): number {
  return Number(
    execFileSync(process.execPath, [import.meta.filename, 'cold', `${library}`, `${index}`], {
      encoding: 'utf8',
    }),
  )
}

const [mode, library, index] = process.argv.slice(2)
if (mode === 'cold') {
  const [one, run] = [CASES[Number(index)], LIBRARIES[Number(library)]]
  if (one !== undefined && run !== undefined) console.log(timed(() => run(one)).ms)
  process.exit()
}

const head = ['ours', 'cron-parser', 'croner', 'ratio'].map((title) => title.padStart(12)).join('')
console.log(`${'milliseconds; ratio = cron-parser ÷ ours'.padEnd(58)}${head}`)
for (const [index, one] of CASES.entries()) {
  const runs = LIBRARIES.map((run) => warm(() => run(one)))
  if (new Set(runs.map(({ result }) => result)).size > 1)
    console.log(`  they differ: ${runs.map(({ result }) => new Date(result).toISOString()).join(' ')}`)
  const [name, , , timezone] = one
  row(
    `${name}, ${timezone}, warm`,
    runs.map(({ ms }) => ms),
  )
  const cold: number[][] = LIBRARIES.map(() => [])
  for (let run = 0; run < RUNS; run++)
    for (const [library, times] of cold.entries()) times.push(coldRun(library, index))
  row(`${name}, ${timezone}, cold`, cold.map(median))
}

function row(title: string, ms: number[]): void {
  const [mine = Number.NaN, theirs = Number.NaN] = ms
  const ratio = theirs / mine
  const figures = [...ms.map((time) => time.toFixed(3)), `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`]
  console.log(`${title.padEnd(58)}${figures.map((figure) => figure.padStart(12)).join('')}`)
}

/** Ten thousand schedules as a large company might have them: most nightly or weekly, some hourly, in twelve zones. */
const ZONES = [
  ...['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/London', 'Europe/Paris', 'America/Los_Angeles'],
  ...['Australia/Sydney', 'America/Sao_Paulo', 'Asia/Kolkata', 'Africa/Cairo', 'Asia/Singapore'],
  'America/Chicago',
]
function expressionOf(i: number): string {
  const [minute, hour] = [i % 60, i % 24]
  switch (i % 10) {
    case 0:
      return `cron(${minute} * * * ? *)`
    case 1:
      return `cron(${minute} ${hour} L * ? *)`
    case 2:
      return `cron(${minute} ${hour} ? * ${1 + (i % 7)}#2 *)`
    case 3:
      return `cron(${minute} ${hour} ? * MON-FRI *)`
    case 4:
    case 5:
      return `cron(${minute} ${hour} ? * ${1 + (i % 7)} *)`
    default:
      return `cron(${minute} ${hour} * * ? *)`
  }
}

let found = 0
const whole = timed(() => {
  for (let i = 0; i < 10_000; i++)
    for (const at of compile(expressionOf(i), ZONES[i % 12] ?? 'UTC').between(FROM, FROM + 31 * DAY))
      if (at > 0) found++
  return found
})
console.log(
  `\n10,000 schedules over 31 days: ${found} occurrences in ${whole.ms.toFixed(0)} ms, compiling included`,
)

const calendar = compile('cron(* * * * ? *)', 'Europe/Paris')
let minutes = 0
const dense = timed(() => {
  for (const at of calendar.between(FROM, FROM + 400 * DAY)) if (at > 0) minutes++
  return minutes
})
console.log(`every minute of 400 days: ${minutes} occurrences in ${dense.ms.toFixed(0)} ms`)
const never = compile('cron(0 0 29 2 ? 1972-2024)', 'Europe/Paris')
console.log(`an expression that never fires again: ${timed(() => never.next(FROM) ?? 0).ms.toFixed(3)} ms`)
