import { parseDuration } from '../config/duration.ts'
import { type Loaded, parseConfig } from '../config/load.ts'
import { CannotDo } from '../model/errors.ts'
import { commandFor } from '../model/pasteable.ts'
import { DAY, iso } from '../model/time.ts'
import type { Found } from '../rehearse/found.ts'
import type { Lateness } from '../rehearse/lateness.ts'
import { asMarkdown, asSummary, type Change, type LocatedFinding } from '../rehearse/markdown.ts'
import { QUOTAS } from '../rehearse/quotas.ts'
import { rehearse as engine } from '../rehearse/rehearse.ts'
import { NOTHING_KNOWN, type Rehearsal, type RehearsalSettings, rehearseStage } from '../rehearse/stage.ts'
import {
  type Arguments,
  type Command,
  jsonText,
  noPositionals,
  notesOn,
  type Terminal,
  wholeNumber,
} from './command.ts'
import { instantOf } from './instants.ts'
import { configFileOf, stageOption, validStage } from './load-config.ts'
import { isStdout, type Output, openOutput } from './output.ts'
import { openProgress } from './progress.ts'
import { rehearsalText } from './rehearse-text.ts'
import { readAtRevision } from './revision.ts'

export const rehearse: Command = {
  name: 'rehearse',
  summary: 'a year in advance: what would come of every occurrence, and what goes wrong',
  help: `Usage: aws-tourbillon rehearse --stage NAME | --config FILE [OPTIONS]

Runs the real workflow, gate, audit and notifications over the config in virtual
time, against a simulated AWS. It changes nothing, and asks AWS for nothing but
what stands in the stage's ledger: how long rotations take, when they last were.
Where that cannot be read, durations are assumed, and that is said.

  --from ISO       the period begins here (default: today, 00:00 UTC)
  --to ISO         and ends here, exclusive (default: a year later)
  --faults FAULTS  none (default), or usual: what goes wrong at AWS now and then
  --seed N         of what happens by chance (default: 1): same seed, same bytes
  --took DURATION  what a rotation takes where nobody has seen one (default: 1m)
  --offline        asks AWS for nothing
  --brief          without what-ifs
  --markdown FILE  writes it as Markdown too; - prints that instead
  --summary        prints a few lines of Markdown instead, for a pull request
  --head REVISION  rehearses the file as it is at this git revision, not as it is here
  --base REVISION  with --summary: says which findings are new since this git
                   revision, and which are gone
  --json           { "stage", "version", "from", "to", "seed", "faults", "ok", "rotations",
                   "waves", "sampled", "known", "findings": [{ "name","schedule","file","line",
                   "column","path","message","hint" }], "acknowledged", "unused", "schedules",
                   "occurrences", "peaks", "trials", "pages", "approvals", "cost" }

Exit status: 0 nothing found; 1 findings, or the config is invalid; 2 it could
not be done. Every finding: node_modules/aws-tourbillon/docs/rehearse.md
Example: npx aws-tourbillon rehearse --stage prod
`,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    faults: { type: 'string' },
    seed: { type: 'string' },
    took: { type: 'string' },
    offline: { type: 'boolean' },
    brief: { type: 'boolean' },
    markdown: { type: 'string' },
    summary: { type: 'boolean' },
    head: { type: 'string' },
    base: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    const asked = askedOf(args, terminal.now())
    const { json, summary, markdown, head, base } = args.values
    if (json && (summary || markdown !== undefined))
      throw new CannotDo('--json beside --markdown or --summary', { hint: 'give one of them' })
    if (summary && isStdout(markdown))
      throw new CannotDo('--markdown - beside --summary: both are printed', { hint: 'give one of them' })
    if (base !== undefined && !summary)
      throw new CannotDo('--base belongs to --summary', { hint: 'add --summary, or leave --base out' })
    const loaded = await validStage(args, terminal, typeof head === 'string' ? loadAt(head) : undefined)
    const stopped = new AbortController()
    const ask = { ...asked, loaded, signal: stopped.signal }
    if (typeof markdown !== 'string') return run(args, ask, terminal)
    const stop = () => stopped.abort(new CannotDo('interrupted: nothing is written'))
    const off = terminal.onStop?.(stop, 'Left.')
    let output: Output | undefined
    try {
      // Whether it can be written is known before anything is asked or run.
      output = await openOutput(markdown, terminal)
      return await run(args, { ...ask, output }, terminal)
    } catch (error) {
      await output?.giveUp()
      throw error
    } finally {
      off?.()
    }
  },
}

type Asked = ReturnType<typeof askedOf> & {
  loaded: Loaded & { ok: true }
  output?: Output
  signal: AbortSignal
}

async function run(args: Arguments, { loaded, output, ...asked }: Asked, terminal: Terminal): Promise<0 | 1> {
  const { json, summary, offline, brief, base } = args.values
  const { config, settings: stage } = loaded
  const seen = offline
    ? NOTHING_KNOWN
    : await (await import('../operate/rehearse.ts')).knownOfStage(config, terminal.now(), notesOn(terminal))
  // What rotates until a later beginning is not rehearsed.
  const known = asked.from > terminal.now() ? { ...seen, rotatedAt: NOTHING_KNOWN.rotatedAt } : seen
  const progress = openProgress(terminal)
  const settings = {
    ...{ home: stage, ownKey: stage.kmsKeyArn !== undefined, ...asked, config, known },
    brief: brief === true || summary === true,
    onProgress: progress.show,
  }
  const before =
    typeof base === 'string' ? await findingsAt(base, args, settings).finally(progress.end) : undefined
  const rehearsal = await rehearseStage(settings, engine).finally(progress.end)
  const findings = rehearsal.findings.map((one) => locatedIn(loaded, one))
  await output?.write(asMarkdown(rehearsal, findings))
  await output?.end()
  if (json) terminal.out(jsonText(asJson(rehearsal, findings)))
  else if (summary) {
    const change = changeOf(before, findings, { ...rehearsal, since: String(base) })
    const command = commandFor(stageOption(args), 'rehearse')
    terminal.out(asSummary(rehearsal, findings, { change, command }))
  } else if (!isStdout(args.values.markdown)) terminal.out(rehearsalText(rehearsal, findings, terminal))
  return findings.length > 0 ? 1 : 0
}

/** Reads a stage's file as it is at a git revision. Throws CannotDo where there is none. */
function loadAt(revision: string) {
  return async (file: string): Promise<Loaded> => {
    const content = await readAtRevision(revision, file)
    if (content !== undefined) return parseConfig(file, content)
    throw new CannotDo(`${file} is not in ${revision}`, { hint: 'commit it, or leave --head out' })
  }
}

type Before = { found: Found[] } | { why: string }

/** Where the file was not there, or not valid, nothing is new or gone; that is said. */
async function findingsAt(revision: string, args: Arguments, settings: RehearsalSettings): Promise<Before> {
  const file = configFileOf(args)
  const content = await readAtRevision(revision, file)
  if (content === undefined) return { why: 'has no such file' }
  const parsed = parseConfig(file, content)
  if (!parsed.ok) return { why: 'has it with errors' }
  const before = { ...settings, config: parsed.config, home: parsed.settings }
  return { found: (await rehearseStage(before, engine)).findings }
}

function changeOf(
  before: Before | undefined,
  findings: LocatedFinding[],
  { acknowledged, since }: Pick<Rehearsal, 'acknowledged'> & { since: string },
): Change | undefined {
  if (before === undefined) return undefined
  if ('why' in before) return { since, ...before, fresh: [], gone: [], meant: [] }
  type Which = Pick<LocatedFinding, 'name' | 'schedule'>
  const same = (a: Which) => (b: Which) => a.name === b.name && a.schedule === b.schedule
  const { found } = before
  return {
    since,
    fresh: findings.filter((one) => !found.some(same(one))),
    gone: found.filter((one) => ![...findings, ...acknowledged].some(same(one))),
    meant: acknowledged.filter((one) => found.some(same(one))),
  }
}

/** ms. */
function skewOf(lateness: Lateness | undefined) {
  if (lateness === undefined) return { skew: null, objective: null }
  const { figures, schedulerMs, ownMs } = lateness
  return { skew: { ...figures.skew, schedulerMs, ownMs }, objective: figures.objective }
}

const MOST_YEARS = 10

function askedOf({ values }: Arguments, now: number) {
  const { from: begin, to: end, faults = 'none', seed = '1', took } = values
  if (faults !== 'none' && faults !== 'usual')
    throw new CannotDo(`no faults "${String(faults)}"`, { hint: 'there are: none, usual' })
  const from = typeof begin === 'string' ? instantOf('from', begin) : Math.floor(now / DAY) * DAY
  const to = typeof end === 'string' ? instantOf('to', end) : aYearAfter(from)
  if (to <= from)
    throw new CannotDo('--to is not after --from', { hint: 'the end is exclusive: give a later one' })
  if (to - from > MOST_YEARS * 366 * DAY)
    throw new CannotDo(`more than ${MOST_YEARS} years`, { hint: 'give an earlier --to' })
  const seconds = typeof took === 'string' ? parseDuration(took) : undefined
  if (took !== undefined && seconds === undefined)
    throw new CannotDo(`--took ${String(took)} is no duration`, {
      hint: 'write it as in the config: 90s, 2m',
    })
  return {
    ...{ from, to, faults: faults as 'none' | 'usual' },
    seed: wholeNumber('seed', seed, 0, 2 ** 31 - 1),
    assumedMs: seconds === undefined ? undefined : seconds * 1_000,
  }
}

function aYearAfter(from: number): number {
  const date = new Date(from)
  return date.setUTCFullYear(date.getUTCFullYear() + 1)
}

/** Where a finding stands in the file: a value that comes from the defaults, at its schedule; an objective, where it is. */
function locatedIn(
  { locate, written }: Loaded & { ok: true },
  { name, schedule, field, message, hint }: Found,
): LocatedFinding {
  const within = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  const path = schedule === null ? within : ['schedules', schedule, ...within]
  const found = { name, schedule, ...locate({ path, message, hint }) }
  const isDefault = name === 'objective' && written.schedules[schedule ?? '']?.objective === undefined
  if (!isDefault) return found
  const { line, column } = locate({ path: ['defaults', 'objective'], message, hint })
  return { ...found, line, column }
}

function asJson(rehearsal: Rehearsal, findings: LocatedFinding[]): Record<string, unknown> {
  const { config, from, to, seed, faults, rehearsed, happened, trials, stretch, approvals, known } = rehearsal
  const { acknowledged, unused } = rehearsal
  return {
    ...{ stage: config.stage, version: config.version, from: iso(from), to: iso(to), seed, faults },
    ...{ ok: findings.length === 0, rotations: rehearsed.rotations, waves: rehearsed.waves },
    ...{ sampled: rehearsed.sampled ?? null, known, findings, acknowledged, unused },
    schedules: [...Map.groupBy(happened.occurred, ({ schedule }) => schedule)].map(([name, all]) => ({
      name,
      occurrences: all.length,
      first: iso(all[0]?.scheduledAt ?? from),
      last: iso(all.at(-1)?.scheduledAt ?? from),
      ...skewOf(happened.lateness.get(name)),
    })),
    occurrences: happened.occurred.map(({ scheduledAt, lastStart, endedAt, message, ...one }) => ({
      ...one,
      scheduledAt: iso(scheduledAt),
      lastStart: lastStart === undefined ? null : iso(lastStart),
      endedAt: endedAt === undefined ? null : iso(endedAt),
      message: message ?? null,
    })),
    peaks: rehearsed.peaks.map((one) => ({
      ...one,
      at: iso(one.at),
      quota: QUOTAS[one.what].most,
      source: QUOTAS[one.what].source,
    })),
    trials: trials.map((one) => ({ ...one, from: iso(one.from), to: iso(one.to) })),
    stretch:
      stretch === undefined
        ? null
        : {
            from: iso(stretch.from),
            to: iso(stretch.to),
            schedules: stretch.config.schedules.map(({ name }) => name),
          },
    pages: happened.pages.map(({ at, ...page }) => ({ ...page, at: iso(at) })),
    approvals,
    cost: rehearsal.cost,
  }
}
