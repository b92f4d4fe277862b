import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../../src/config/config.ts'
import type { Approval } from '../../src/ledger/approvals.ts'
import type { LocalFunction } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { type Rotation, SETTLED } from '../../src/model/rotation.ts'
import { DAY, iso, MINUTE } from '../../src/model/time.ts'
import { rehearse, type Trouble } from '../../src/rehearse/rehearse.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { STAGE } from '../chaos/plan.ts'
import { createSecrets, startWorld } from '../chaos/world.ts'
import { tourbillon } from '../cli/tourbillon.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'

/**
 * `node --import ./test/chaos/clock.ts test/rehearse/real.ts [MINUTES]`: so many minutes (default 60, by a
 * clock a few times as fast) of a stage on the local AWS, its handlers in processes of their own. What `rehearse`
 * foretells is asked of the command before they begin. Prints what came otherwise, and how much of each; ends with 1
 * where anything did.
 */
const minutes = Number(process.argv[2] ?? '60')

/** What a rotation takes, ms; default `USUAL_MS`. Each step of a function takes a quarter of it. */
const TOOK: Record<string, number> = {
  'long/1': 60_000,
  'long/2': 60_000,
  'long/3': 60_000,
  'long/4': 60_000,
  shared: 100_000,
}
const USUAL_MS = 8_000
const tookMs = (secret: string) => TOOK[secret] ?? USUAL_MS

/** Before the first instant: to see how long the slow ones take, and to ask what will come. */
const AHEAD_MS = 7 * MINUTE

/** Minutes of the period, from and to: somebody's functions fail; the audit does not run, and Scheduler fires nothing of two schedules. */
const FAILING = [18, 28] as const
const SILENT = [18, 27] as const
const HOLD = [10, 19] as const
const SKIPPED_AT = 14

const BROKEN = ['broken', 'broken/canary', 'broken/first']
const FAILING_FOR_A_WHILE = ['mended', 'paused']
const UNFIRED = ['missed', 'caught']
const FINE = [
  ...'plain/a plain/b minute frozen off retried asked given held skipped hooked zoned'.split(' '),
  ...'canary/a canary/b canary/c behind stopped/a stopped/b chosen/a chosen/b chosen/c'.split(' '),
  ...[...UNFIRED, ...Object.keys(TOOK)],
]

/**
 * What the command does not plant: a broken function, an approval that nobody answers, a schedule that does not fire.
 * The engine behind the command is asked of these.
 */
const WITH_BROKEN = ['broken', 'canary-broken', 'stopped', 'mended', 'paused', 'asked']

/** Shapes whose outcomes differ; none of them hangs on a few seconds more or less. */
function configOf(from: number): string {
  const at = (minute: number) => iso(from + minute * MINUTE).slice(0, 19)
  const every = (count: number, after = 0) => `when: rate(${count} minutes), start: ${at(after)}Z`
  const second = (count: number, after = 0) => `${every(count, after)}, precision: second`
  return `
defaults: { timezone: UTC }
freezes:
  - { name: fair, from: '${at(4)}', to: '${at(7)}' }
  - { name: audit, from: '${at(44)}', to: '${at(47)}' }
schedules:
  plain: { ${second(2)}, secrets: [plain/a, plain/b], window: 2m, timeout: 1m, objective: { skew: 30s }, ignoreFreezes: [{ name: fair, reason: agreed }] }
  minutely: { ${every(2, 1)}, secrets: [minute], window: 2m, timeout: 1m }
  frozen: { ${second(1)}, secrets: [frozen], window: 1m, timeout: 30s }
  off: { ${second(2)}, secrets: ['off'], window: 2m, timeout: 1m, enabled: false }
  broken: { ${second(4)}, secrets: [broken, retried], window: 4m, timeout: 2m, retries: 1 }
  long: { ${second(4)}, secrets: [long/1, long/2, long/3, long/4], window: 105s, timeout: 2m, concurrency: 1 }
  asked: { ${second(4)}, secrets: [asked], window: 3m, timeout: 1m, approval: { timeout: 2m } }
  given: { ${second(4, 2)}, secrets: [given], window: 4m, timeout: 1m, approval: { timeout: 3m } }
  shared: { ${second(5)}, secrets: [shared], window: 4m, timeout: 3m }
  shared-too: { ${second(5, 1)}, secrets: [shared], window: 4m, timeout: 3m }
  held: { ${second(4)}, secrets: [held], window: 2m, timeout: 1m }
  skipped: { ${every(4, 2)}, secrets: [skipped], window: 2m, timeout: 1m }
  hooked: { ${every(4, 3)}, secrets: [hooked], window: 3m, timeout: 1m, before: [{ invoke: before-hook, timeout: 30s }], after: [{ invoke: after-hook, timeout: 30s }] }
  canary: { ${second(5)}, secrets: [canary/a, canary/b, canary/c], window: 4m, timeout: 1m, canary: 1, soak: 1m }
  canary-broken: { ${every(5, 3)}, secrets: [broken/canary, behind], window: 4m, timeout: 2m, canary: 1 }
  stopped: { ${every(5, 2)}, secrets: [broken/first, stopped/a, stopped/b], window: 4m, timeout: 2m, concurrency: 1, maxErrors: 1 }
  mended: { ${second(5, 1)}, secrets: [mended], window: 3m, timeout: 2m }
  paused: { ${second(5, 1)}, secrets: [paused], window: 3m, timeout: 2m, pauseAfter: 2 }
  chosen: { ${every(5, 2)}, secrets: { prefix: chosen/ }, window: 3m, timeout: 1m }
  zoned: { when: cron(5/10 * * * ? *), timezone: Asia/Kolkata, secrets: [zoned], window: 3m, timeout: 1m, ignoreFreezes: [{ name: fair, reason: agreed }] }
  missed: { ${every(10, 3)}, secrets: [missed], window: 3m, timeout: 1m, onMissed: report }
  caught: { ${every(20, 3)}, secrets: [caught], window: 15m, timeout: 1m }
`
}

/** What came of an occurrence: how many of which outcome. */
type Outcomes = Map<string, Record<string, number>>

/** By occurrence, counted as `rehearse --json` counts them. */
function outcomesOf(rotations: Rotation[]): Outcomes {
  const found: Outcomes = new Map()
  for (const { schedule, scheduledAt, status, reason = status, late } of rotations) {
    const which = `${schedule} ${scheduledAt}`
    const counts = found.get(which) ?? {}
    const outcome = status === 'SUCCEEDED' ? status : reason
    for (const what of [outcome, ...(late ? ['late'] : [])]) counts[what] = (counts[what] ?? 0) + 1
    found.set(which, counts)
  }
  return found
}

const inWords = (counts: Record<string, number> = {}) =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .sort()
    .join(', ')

const directory = await mkdtemp(join(tmpdir(), 'tourbillon-real-'))
const world = await startWorld(1, directory, { calm: true })
const cli = async (...args: string[]) => {
  const ended = await tourbillon([...args, '--config', world.file])
  if (ended.code === 2) process.stderr.write(`${args.join(' ')}: ${ended.code} ${ended.stderr}\n`)
  return ended.stdout
}
try {
  const from = Math.ceil(Date.now() / MINUTE) * MINUTE + AHEAD_MS
  const to = from + minutes * MINUTE
  functions(from)
  const secrets = [...FINE, ...FAILING_FOR_A_WHILE, ...BROKEN]
  await createSecrets({ secrets: secrets.map((name) => ({ name, tags: {} })) }, world.aws)
  const config = await world.deploy(configOf(from))
  await world.audit()
  await world.schedule(config)
  const slow = Object.keys(TOOK).map((name) => ['--schedule', name.split('/')[0] ?? '', '--secret', name])
  await Promise.all(slow.map((which) => cli('run', ...which, '--yes')))
  const period = ['--from', iso(from), '--to', iso(to)]
  const said = foretoldBy(await cli('rehearse', ...period, '--took', '8s', '--brief', '--json'))
  process.stderr.write(`foretold ${iso(Date.now())}, the first instant is ${iso(from)}\n`)
  if (Date.now() >= from) throw new Error('the machine is too slow: it was to be foretold before it began')
  const operators = operate(from)
  const came = await lived(from, to)
  await operators
  const planted: Outcomes = new Map([
    ...(await rehearsed(config, WITH_BROKEN, { from, to, trouble: broken(from) })),
    ...(await rehearsed(config, UNFIRED, { from, to, trouble: unfired(from) })),
  ])
  const bySaid = [...said].filter(([which]) => !isPlanted(which))
  const foretold = byHand(new Map([...bySaid, ...planted]), from)
  process.exitCode = tell(came, foretold) ? 0 : 1
} finally {
  await world.stop()
  await rm(directory, { recursive: true, force: true })
}

/** Prints what came otherwise, and how much of each; answers whether all was as foretold. */
function tell(came: Outcomes, foretold: Outcomes): boolean {
  const which = [...new Set([...came.keys(), ...foretold.keys()])].sort()
  const otherwise = which.filter((it) => inWords(came.get(it)) !== inWords(foretold.get(it)))
  const counts: Record<string, number> = {}
  for (const [what, count] of [...came.values()].flatMap((it) => Object.entries(it)))
    counts[what] = (counts[what] ?? 0) + count
  const { late = 0, ...outcomes } = counts
  const rotations = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  const byCommand = which.filter((it) => !isPlanted(it)).length
  const lines = [
    ...otherwise.map((it) => `${it}: foretold ${inWords(foretold.get(it))}, came ${inWords(came.get(it))}`),
    `${which.length - otherwise.length} of ${which.length} occurrences as foretold, ${byCommand} of them by the command; ${rotations} rotations, ${late} of them late`,
    ...Object.entries(outcomes)
      .sort((a, b) => b[1] - a[1])
      .map(([what, count]) => `  ${count} ${what}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  // Nothing alike is nothing proved.
  return otherwise.length === 0 && Object.keys(outcomes).length >= 5
}

function isPlanted(which: string): boolean {
  return [...WITH_BROKEN, ...UNFIRED].some((name) => which.startsWith(`${name} `))
}

type Said = Record<'schedule' | 'scheduledAt', string> & {
  outcomes: Record<string, number>
  reasons: Record<string, number>
  late: number
}

/** What the command says of each occurrence. */
function foretoldBy(json: string): Outcomes {
  const { occurrences, known } = JSON.parse(json) as { occurrences: Said[]; known: { durations: string } }
  process.stderr.write(`durations: ${known.durations}\n`)
  return new Map(
    occurrences.map(({ schedule, scheduledAt, outcomes: { SUCCEEDED }, reasons, late }) => [
      `${schedule} ${scheduledAt}`,
      { ...(SUCCEEDED && { SUCCEEDED }), ...reasons, ...(late && { late }) },
    ]),
  )
}

/** What people do by hand nobody foretells: one schedule is held for a while, and one occurrence is skipped. */
function byHand(foretold: Outcomes, from: number): Outcomes {
  const isHeld = (at: number) => at >= from + HOLD[0] * MINUTE && at < from + HOLD[1] * MINUTE
  for (const which of foretold.keys()) {
    const [schedule, scheduledAt = ''] = which.split(' ')
    const at = Date.parse(scheduledAt)
    if (schedule === 'held' && isHeld(at)) foretold.set(which, { HELD: 1 })
    if (schedule === 'skipped' && at === from + SKIPPED_AT * MINUTE) foretold.set(which, { SKIPPED_ONCE: 1 })
  }
  return foretold
}

/** They do it by the command line, and give one schedule's go-aheads; Scheduler is silent for a while by itself. */
async function operate(from: number): Promise<void> {
  const until = (minute: number) => pause(Math.max(0, from + minute * MINUTE - Date.now()))
  const at = iso(from + SKIPPED_AT * MINUTE)
  await cli('skip', 'skipped', '--at', at, '--reason', 'CHG-1')
  const approving = new AbortController()
  const approvals = approveAll(approving.signal)
  await until(HOLD[0] - 1.5)
  await cli('hold', '--schedule', 'held', '--reason', 'CHG-2')
  await until(SILENT[0] - 1)
  await fire('DISABLED')
  await until(HOLD[1] - 1.5)
  await cli('release', '--schedule', 'held')
  await until(SILENT[1])
  await fire('ENABLED')
  await until(minutes + 5)
  approving.abort()
  await approvals
}

async function approveAll(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waiting = JSON.parse(await cli('approve', '--list', '--json')) as Approval[]
    for (const { approvalId, schedule } of waiting)
      if (schedule === 'given') await cli('approve', approvalId, '--reason', 'CHG-3')
    await pause(15_000)
  }
}

async function fire(State: 'ENABLED' | 'DISABLED'): Promise<void> {
  const scheduler = new SchedulerClient({})
  const GroupName = namesOf(STAGE).scheduleGroup
  for (const Name of UNFIRED) {
    const { Target, FlexibleTimeWindow, ScheduleExpression, ...one } = await scheduler.send(
      new GetScheduleCommand({ Name, GroupName }),
    )
    const { ScheduleExpressionTimezone, StartDate, Description } = one
    const same = { ScheduleExpression, ScheduleExpressionTimezone, StartDate, Description }
    await scheduler.send(
      new UpdateScheduleCommand({ Name, GroupName, ...same, Target, FlexibleTimeWindow, State }),
    )
  }
}

/** As long as a rehearsal takes them to be, and broken as it plants it. */
function functions(from: number): void {
  const fine = rotatesWithoutDatabase(new SecretsManagerClient({}))
  const names = [...FINE, ...FAILING_FOR_A_WHILE, ...BROKEN]
  const nameOf = (arn: string) => names.find((name) => new RegExp(`:secret:${name}-.{6}$`).test(arn)) ?? ''
  const isFailing = (name: string) =>
    BROKEN.includes(name) ||
    (FAILING_FOR_A_WHILE.includes(name) &&
      Date.now() >= from + FAILING[0] * MINUTE &&
      Date.now() < from + FAILING[1] * MINUTE)
  const run: LocalFunction = async (event) => {
    const { Step, SecretId = '' } = event as Record<string, string>
    const name = nameOf(SecretId)
    await pause(tookMs(name) / 4)
    if (Step === 'setSecret' && isFailing(name)) throw new Error('setSecret fails')
    return fine(event)
  }
  world.aws.functions.set('rotate', run)
}

function broken(from: number): Trouble[] {
  const always = BROKEN.map((secret) => ({ secret, from: from - DAY, to: from + 10 * DAY }))
  const while_ = { from: from + FAILING[0] * MINUTE, to: from + FAILING[1] * MINUTE }
  const some = FAILING_FOR_A_WHILE.map((secret) => ({ secret, ...while_ }))
  return [...always, ...some].map((one) => ({ what: 'function broken', ...one }))
}

function unfired(from: number): Trouble[] {
  const silent = { from: from + SILENT[0] * MINUTE, to: from + SILENT[1] * MINUTE }
  return [
    { what: 'Scheduler late', ...silent, lateMs: DAY },
    { what: 'audit down', ...silent },
  ]
}

/** What came of each occurrence of the period by the ledger. */
async function lived(from: number, to: number): Promise<Outcomes> {
  // What is due when the period ends gets its window, and the audit's grace, to settle.
  const end = to + 20 * MINUTE
  for (;;) {
    await pause(MINUTE)
    const now = Date.now()
    const isSilent = now >= from + SILENT[0] * MINUTE && now < from + SILENT[1] * MINUTE
    if (!isSilent) await world.audit()
    const rotations: Rotation[] = []
    for (const day of new Set([from, to].map((at) => iso(at).slice(0, 10))))
      for await (const it of recordsOf(STAGE).ledger.query('byDay', day)) rotations.push(it)
    const own = rotations.filter(
      ({ scheduledAt, trigger }) => trigger !== 'ON_DEMAND' && isWithin(scheduledAt, from, to),
    )
    const open = own.filter(({ status }) => !SETTLED.includes(status))
    process.stderr.write(`${iso(Date.now())} ${own.length} rotations, ${open.length} open\n`)
    const isOver = Date.now() > to + 8 * MINUTE && open.length === 0
    if (isOver || Date.now() > end) return outcomesOf(own)
  }
}

async function rehearsed(
  config: Config,
  names: string[],
  { from, to, trouble }: { from: number; to: number; trouble: Trouble[] },
): Promise<Outcomes> {
  const schedules = config.schedules.filter(({ name }) => names.includes(name))
  const found: Rotation[] = []
  await rehearse({
    ...{ config: { ...config, schedules }, from, to, seed: 1, faults: 'none', tookMs, trouble },
    secretsOf: ({ secrets }) => secrets,
    onWave: ({ rotations }) => found.push(...structuredClone(rotations)),
    onTold: () => {},
  })
  return outcomesOf(found.filter(({ scheduledAt }) => isWithin(scheduledAt, from, to)))
}

function isWithin(scheduledAt: string, from: number, to: number): boolean {
  const at = Date.parse(scheduledAt)
  return at >= from && at < to
}
