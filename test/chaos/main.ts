import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Rotation } from '../../src/model/rotation.ts'
import { evidence } from './evidence.ts'
import { KINDS } from './happened.ts'
import { judge } from './judge.ts'
import { play } from './play.ts'

/**
 * `npm run chaos -- [--minutes N] [--seed S]`: a third of the time without faults, for comparison, the rest with them;
 * then what is under way gets its time to end. Exit 1 where a promise was broken, 130 on Ctrl-C.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Date.now() % 100_000)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('npm run chaos -- [--minutes N] [--seed S]: N a number above 0, S whole\n')
  process.exit(2)
}
const speed = Number(process.env.CHAOS_SPEED)
const stopping = new AbortController()
let signals = 0
// npm passes a terminal's Ctrl-C on, too: the second one must not cut a clean end short.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => (++signals > 3 ? process.exit(130) : stopping.abort()))

/** Of the run’s clock, with faults, however few minutes are asked for: until each kind of schedule has come, and a canary’s rest. */
const LEAST_MS = 240_000

const directory = await mkdtemp(join(tmpdir(), `tourbillon-chaos-${seed}-`))
const progress = (line: string) => process.stderr.write(`${line}\n`)
const options = { seed, signal: stopping.signal, speed, progress }
const all = minutes * 60_000 * speed
try {
  progress(`seed ${seed}, the clock ${speed} times as fast\nwithout faults`)
  const calm = await play({ ...options, ms: Math.max(all / 3, LEAST_MS / 2), calm: true, directory })
  progress('with faults')
  const played = await play({ ...options, ms: Math.max((all * 2) / 3, LEAST_MS), calm: false, directory })
  const calmViolations = judge(calm.happened)
  const violations = judge(played.happened)
  for (const { kind, secret, rotationId, what } of [...calmViolations, ...violations])
    progress(`${kind}: ${secret} ${rotationId}: ${what}`)
  tally(played.happened.rotations)
  for (const it of [calm, played]) progress(tried(it))
  const counts = KINDS.map(
    (kind) => `${kind} ${[...calmViolations, ...violations].filter((it) => it.kind === kind).length}`,
  )
  if (calmViolations.length + violations.length > 0) {
    const file = join(tmpdir(), `tourbillon-chaos-${seed}.txt`)
    await writeFile(file, [evidence(calm, calmViolations), evidence(played, violations)].join('\n'))
    progress(`evidence: ${file}; logs: ${directory}`)
    process.exitCode = 1
  }
  const { occurrences, requests } = played.happened
  process.stdout.write(
    `occurrences ${occurrences.length + requests.length}, faults ${played.faults}, kills ${played.kills.length}, succeeded ${share(played.happened.rotations)}% (${share(calm.happened.rotations)}% without faults): ${counts.join(', ')}\n`,
  )
} catch (error) {
  if (!stopping.signal.aborted) throw error
  process.stderr.write('stopped\n')
  process.exitCode = 130
} finally {
  if (process.exitCode !== 1) await rm(directory, { recursive: true, force: true })
}

function share(rotations: Rotation[]): number {
  const good = rotations.filter(({ status }) => status === 'SUCCEEDED').length
  return rotations.length === 0 ? 0 : Math.round((100 * good) / rotations.length)
}

/** Whether there was anything to judge of what is asked for by keys and by hand. */
function tried({ happened, deeds }: Awaited<ReturnType<typeof play>>): string {
  const { rotations, exceptions, requests, schedules } = happened
  const toldOf = (isMove: boolean) => {
    const own = exceptions.filter(({ to }) => (to !== undefined) === isMove)
    const known = own.filter(({ toldAt }) => toldAt !== undefined)
    return `${known.length} of ${own.length}, ${own.filter(({ backToldAt }) => backToldAt).length} taken back`
  }
  const rest = rotations.filter(
    ({ schedule, secretName, status }) =>
      status === 'SUCCEEDED' &&
      schedules.get(schedule)?.canaries.length &&
      !schedules.get(schedule)?.canaries.includes(secretName),
  )
  const count = (is: (rotation: Rotation) => unknown) => rotations.filter(is).length
  return [
    `skipped ${toldOf(false)}; moved ${toldOf(true)}, rotated there ${count((it) => it.moved && it.rotatedAt)}`,
    `planned runs cancelled ${requests.filter((it) => it.cancelledAt).length}`,
    `after a canary ${rest.length}, CANARY_NOT_VERIFIED ${count((it) => it.reason === 'CANARY_NOT_VERIFIED')}`,
    `attempted again ${count((it) => (it.attempts?.length ?? 0) > 1)}, PAUSED ${count((it) => it.reason === 'PAUSED')}`,
    `handed over ${count((it) => it.handover?.status === 'DONE')} of ${count((it) => it.handover)}, ${happened.deployments.length} deployments, ${happened.refreshes.length} calls`,
    `of ${count((it) => it.adoption)} adoptions ${count((it) => it.adoption?.behind.length)} name somebody, ${count((it) => it.adoption?.unknown)} unknown, ${happened.reads.filter((it) => !it.heard).length} of ${happened.reads.length} reads unheard`,
    `${deeds.commands.length} commands`,
    `calls left their senders up to ${Math.max(0, ...happened.sendings.map((it) => it.lateMs ?? 0))} ms late`,
  ].join('; ')
}

function tally(rotations: Rotation[]) {
  const counts = new Map<string, number>()
  for (const { status, reason = '' } of rotations) {
    const outcome = `${status} ${reason}`.trim()
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  for (const [outcome, count] of [...counts].sort((a, b) => b[1] - a[1]))
    progress(`${String(count).padStart(6)}  ${outcome}`)
}
