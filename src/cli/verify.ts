import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import project from 'aws-tourbillon/package.json' with { type: 'json' }
import { withAws } from '../aws/with-aws.ts'
import { OURS, RUNTIME } from '../calendar/zone-difference.ts'
import { oneOf } from '../config/suggest.ts'
import { identify } from '../doctor/identity.ts'
import { CannotDo } from '../model/errors.ts'
import { FACT_NAMES, type FactName, isUnheard } from '../model/facts.ts'
import { commandFor } from '../model/pasteable.ts'
import { VERIFY_PREFIX } from '../model/resource-names.ts'
import { shortId } from '../model/short-id.ts'
import { asError, messageOf, oneLine } from '../model/text.ts'
import { iso, MINUTE } from '../model/time.ts'
import { recordsOf } from '../runtime/records.ts'
import { type Account, isLeftOver, openAccount, type ThrowAwayStack } from '../verify/account.ts'
import { verifyNames } from '../verify/names.ts'
import { reportOf } from '../verify/report.ts'
import { verifyStack } from '../verify/stack.ts'
import { type Finding, type Verified, verify as verifyAccount } from '../verify/verify.ts'
import { zonesToTry } from '../verify/zones.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  jsonText,
  noPositionals,
  refuseBeside,
  type Terminal,
  wholeNumber,
} from './command.ts'
import { stageOption, validStage } from './load-config.ts'
import { isStdout, type Output, openOutput, tryOutput } from './output.ts'
import { announcement, factsTable } from './verify-text.ts'

/** Long enough to say of what did not come that it does not come. */
const MINUTES = 10

export const verify: Command = {
  name: 'verify',
  summary: 'measures in your own account what no document of AWS says',
  help: `Usage: aws-tourbillon verify --stage NAME [--only FACT…] [--report FILE]
                             [--minutes N] [--yes] [--json]
       aws-tourbillon verify --stage NAME --remove [--yes]
       aws-tourbillon verify --stage NAME --template

Makes one throw-away CloudFormation stack, ${VERIFY_PREFIX}ID, in the stage's
account and region, measures with it what the code takes for granted, and
removes it again: also after an error, Ctrl-C or SIGTERM. It touches no secret
but its own five, which open nothing, by IAM too; nobody is written to. It says
before what it makes and costs, and asks.

  --only FACT    this fact only; repeatable: ${FACT_NAMES.slice(0, 2).join(', ')}, …
  --minutes N    the longest that it waits for what may never come, from 1 to
                 20; default 10. An event that takes longer is told as not seen;
                 with less than 10 that is not kept
  --report FILE  also writes what was seen as Markdown, without account numbers,
                 ARNs or names; - prints that in place of the table
  --remove       removes throw-away stacks of this stage that were left over,
                 and measures nothing
  --template     prints the stack's template; asks nobody, and makes nothing
  --yes          do not ask; needed where there is no terminal
  --json         { "stage", "region", "release", "kept", "facts": [{ "name",
                 "verdict", "expected", "message", "use", "remedy"?, "seen"?,
                 "why"?, "error"? }] }; error is why, without AWS’s words

UNKNOWN is what could not be seen, with why: the code then does what is right
either way. Facts are kept in the stage's ledger, if there is one. A later
UNKNOWN takes nothing away.

Exit status: 0 all that was seen holds, and something was; 1 something differs,
or you said no; 2 it could not be done, nothing was seen, or it was interrupted.
Everything it makes, asks and costs: node_modules/aws-tourbillon/docs/verify.md
Example: npx aws-tourbillon verify --stage prod --report facts.md
`,
  options: {
    only: { type: 'string', multiple: true },
    minutes: { type: 'string' },
    report: { type: 'string' },
    remove: { type: 'boolean' },
    template: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    refuseIdle(args)
    const only = onlyOf(args)
    const minutes = wholeNumber('minutes', args.values.minutes ?? String(MINUTES), 1, 20)
    const { config, settings } = await validStage(args, terminal)
    const { err, out } = terminal
    if (args.values.template) {
      out(jsonText(verifyStack({ id: 'example', ...settings })))
      return 0
    }
    const identity = await withAws('ask STS who you are', () => identify(terminal.now))
    // By AWS's clock: what is scheduled, and what is taken for left over, goes by instants.
    const { aheadMs = 0 } = identity.clock ?? {}
    const now = () => terminal.now() - Math.round(aheadMs)
    const clearing = openAccount({ now, sleep: (ms) => pause(ms) })
    const stacks = await clearing.stacks()
    const own = stacks.filter(({ stage }) => stage === config.stage)
    if (args.values.remove) return removeAll(own, clearing, args, terminal)
    const toRemove = commandFor(stageOption(args), 'verify', '--remove')
    const leftOver = stacks.filter((it) => isLeftOver(it, now()))
    tellStacks(leftOver, own, toRemove, terminal)
    const id = shortId(randomBytes(6)).replaceAll('-', '')
    const { stack } = verifyNames(id)
    err(announcement({ ...identity, stage: config.stage, stack, minutes }))
    // Whether it can be written is known before anybody is asked.
    const file = args.values.report as string | undefined
    await tryOutput(file)
    if (!(await agreed(args, terminal, 'Make it?'))) return 1
    const report = file !== undefined ? await openOutput(file, terminal) : undefined

    const stopped = new AbortController()
    const clock = { now, sleep: (ms: number) => pause(ms, undefined, { signal: stopped.signal }) }
    const leave = `Left. ${stack} may still stand. To remove it:\n  ${toRemove}`
    const off = terminal.onStop?.(() => {
      err(`\nstopping: ${stack} is removed first. Ctrl-C again leaves it\n`)
      stopped.abort(new CannotDo('interrupted: nothing is kept of this run'))
    }, leave)
    const { bundleVerify } = await import('../deploy/bundle.ts')
    const began = now()
    let verified: Verified
    try {
      verified = await verifyAccount({
        ...clock,
        ...{ id, stage: config.stage, settings, only, clearing, toRemove },
        leftOver: leftOver.map(({ name }) => name),
        zones: zonesToTry(config, now()),
        patienceMs: minutes * MINUTE,
        account: openAccount(clock),
        archive: await bundleVerify(),
        newId: randomUUID,
        signal: stopped.signal,
        say: (line) => err(`${String(Math.round((now() - began) / 1_000)).padStart(4)} s  ${line}\n`),
      })
    } catch (error) {
      await report?.giveUp()
      if (stopped.signal.aborted && (error as Error).name === 'AbortError') throw stopped.signal.reason
      if (error instanceof CannotDo || !(error instanceof Error)) throw error
      throw new CannotDo(`could not verify: ${error.message}`, { hint: leave, cause: error })
    } finally {
      off?.()
    }
    const { findings, left } = verified
    const about = { stage: config.stage, region: identity.region, report, minutes, seenAt: iso(now()) }
    const exitCode = await conclude(findings, about, args, terminal).catch((error: Error) => {
      if (left) err(`${error.message}\n`)
      throw left ?? error
    })
    if (left) throw left
    return exitCode
  },
}

/** Before anything is asked: what goes first, and what of the stage's is let be. */
function tellStacks(
  leftOver: ThrowAwayStack[],
  own: ThrowAwayStack[],
  toRemove: string,
  { err }: Terminal,
): void {
  for (const { name, stage, until } of leftOver)
    err(`note: ${name} of stage ${stage} was left over at ${until}:\n  it is removed first\n`)
  for (const { name, since, until } of own.filter((it) => !leftOver.includes(it))) {
    const later = until === undefined ? '' : `\n  or verify, by anybody, after ${until}`
    err(
      `note: ${name} of ${since} stands:\n  another run is on, or was killed. It goes by ${toRemove}${later}\n`,
    )
  }
}

type About = { stage: string; region: string; report: Output | undefined; minutes: number; seenAt: string }

/** Keeps what was seen, and tells it. `seenAt`: by AWS's clock, by which facts of several computers take turns. */
async function conclude(
  findings: Finding[],
  { stage, region, report, minutes, seenAt }: About,
  { values }: Arguments,
  terminal: Terminal,
): Promise<ExitCode> {
  const early = minutes < MINUTES ? findings.filter(isUnheard) : []
  if (early.length > 0)
    terminal.err(
      `note: not kept, for what comes may take longer than --minutes ${minutes}: ${early.map(({ name }) => name).join(', ')}\n`,
    )
  const lasting = findings.filter((it) => !early.includes(it))
  const kept = await keep({ stage, region, seenAt }, lasting, terminal)
  if (values.json) terminal.out(jsonText({ stage, region, release: project.version, kept, facts: findings }))
  else if (!isStdout(values.report)) terminal.out(factsTable(findings, terminal.columns))
  const about = { release: project.version, region, zoneData: OURS.release, node: RUNTIME.release }
  await report?.write(reportOf(findings, { ...about, day: seenAt.slice(0, 10) }))
  await report?.end()
  if (findings.some(({ verdict }) => verdict === 'DIFFERS')) return 1
  return findings.some(({ verdict }) => verdict === 'HOLDS') ? 0 : 2
}

/** Throws CannotDo where options say nothing beside others, or print two things as one. */
function refuseIdle(args: Arguments): void {
  refuseBeside(args, 'remove', ['only', 'minutes', 'report', 'template', 'json'])
  refuseBeside(args, 'template', ['only', 'minutes', 'report', 'remove', 'yes'])
  if (isStdout(args.values.report)) refuseBeside(args, 'json', ['report'])
}

function onlyOf({ values: { only } }: Arguments): readonly FactName[] {
  if (only === undefined) return FACT_NAMES
  return (only as string[]).map((name) => {
    const fact = FACT_NAMES.find((it) => it === name)
    if (fact === undefined)
      throw new CannotDo(`--only ${oneLine(name)}: no such fact`, { hint: oneOf(name, FACT_NAMES) })
    return fact
  })
}

async function agreed({ values }: Arguments, { confirm }: Terminal, question: string): Promise<boolean> {
  if (values.yes) return true
  if (!confirm) throw new CannotDo('nobody is there to ask', { hint: 'add --yes, having read the above' })
  return confirm(question)
}

async function removeAll(
  left: Awaited<ReturnType<Account['stacks']>>,
  account: Account,
  args: Arguments,
  terminal: Terminal,
): Promise<ExitCode> {
  if (left.length === 0) {
    terminal.out('no throw-away stack of this stage stands\n')
    return 0
  }
  for (const { name, status, since, until } of left)
    terminal.err(`${name}: ${status}, made ${since}${until ? `, a run may be at work until ${until}` : ''}\n`)
  if (!(await agreed(args, terminal, 'A run that is on ends with it. Remove them?'))) return 1
  const failed: unknown[] = []
  for (const { name } of left) {
    try {
      await account.remove(name)
      terminal.out(`removed ${name}\n`)
    } catch (error) {
      failed.push(error)
      terminal.err(`${name} still stands: ${messageOf(error)}\n`)
    }
  }
  if (failed.length > 0) throw failed[0]
  return 0
}

/** Into the stage's ledger; false where there is none, which is said. */
async function keep(
  { stage, region, seenAt }: Pick<About, 'stage' | 'region' | 'seenAt'>,
  findings: Finding[],
  { err }: Terminal,
): Promise<boolean> {
  const { facts } = recordsOf(stage)
  try {
    for (const { name, expected, seen, verdict } of findings)
      await facts.put({
        ...{ name, seenAt, region, release: project.version, expected, verdict },
        ...(seen !== undefined && { seen }),
      } as Parameters<typeof facts.put>[0])
    return true
  } catch (error) {
    const why = asError(error).name
    err(`note: the facts are only printed: the stage’s ledger does not take them (${why})\n`)
    return false
  }
}
