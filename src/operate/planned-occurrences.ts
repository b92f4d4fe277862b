import type { Config } from '../config/config.ts'
import { onCannotDo } from '../model/errors.ts'
import type { Exception } from '../model/exception.ts'
import type { PlannedRun } from '../report/planned.ts'
import { type Entry, type Occurrence, occurrencesOf, type Range, withExceptions } from './occurrences.ts'
import type { Onlooker } from './progress.ts'

type Watching = Pick<Onlooker, 'note'> & { /** Epoch ms. */ now: number }

/** What is asked offline is not kept waiting: ms. */
const GIVE_UP_MS = 3_000

/**
 * The first occurrences of these entries, and, where they are a config's, what is planned, skipped and moved, in time order.
 * `schedule`: of this one, or of one of its secrets, only. Throws CannotDo.
 */
export async function readOccurrences(
  { entries, config, schedule }: { entries: Entry[]; config?: Config; schedule?: unknown },
  range: Range,
  { note, now }: Watching,
): Promise<Occurrence[]> {
  const own = occurrencesOf(entries, range)
  if (config === undefined) return own
  const { planned, exceptions } = await readLedger(config, range, { note, now })
  return [...withExceptions(own, exceptions), ...plannedOccurrences(planned, config, range, schedule)]
    .sort((a, b) => a.at - b.at)
    .slice(0, range.count)
}

/**
 * What is planned on demand, and skipped, from the stage's ledger. A config is looked at offline, too: where the
 * ledger cannot be read, that is said, and nothing else is missing.
 */
async function readLedger(
  config: Config,
  range: Range,
  { note, now }: Watching,
): Promise<{ planned: PlannedRun[]; exceptions: Exception[] }> {
  const [{ plannedRuns }, { plannedRunsOf }, { exceptionsBetween }] = await Promise.all([
    import('./planned-runs.ts'),
    import('../report/planned.ts'),
    import('./exceptions.ts'),
  ])
  const limits = { giveUpMs: GIVE_UP_MS }
  try {
    const [requests, exceptions] = await Promise.all([
      plannedRuns(config.stage, now, limits),
      exceptionsBetween(config.stage, range, limits),
    ])
    return { planned: plannedRunsOf(requests, config), exceptions }
  } catch (error) {
    return onCannotDo(({ message }) => {
      // No AWS is set up here at all: whoever looks at a config so does not ask about a stage.
      if (!/Region is missing|Could not load credentials from any/.test(message))
        note(`planned runs (run --at), and what is skipped, are not shown: ${message}`)
      return { planned: [], exceptions: [] }
    })(error)
  }
}

/** Those within the range, as occurrences. `schedule`: of this one, or of one of its secrets, only. */
export function plannedOccurrences(
  planned: PlannedRun[],
  config: Config,
  { from, to }: Pick<Range, 'from' | 'to'>,
  schedule?: unknown,
): Occurrence[] {
  const own = config.schedules.find(({ name }) => name === schedule)?.secrets ?? []
  return planned
    .filter(({ at }) => at >= from && at < to)
    .filter(
      (run) =>
        schedule === undefined ||
        run.schedule === schedule ||
        run.secrets.some((secret) => own.includes(secret)),
    )
    .map((run) => occurrenceOf(run, config))
}

function occurrenceOf(run: PlannedRun, config: Config): Occurrence {
  const {
    schedule: name,
    timezone,
    secrets,
    windowSeconds,
    at,
    requestId,
    by,
    reason,
    problem,
    movedFrom,
    started,
  } = run
  const frozen = config.freezes.find((freeze) => freeze.name === run.frozen)
  const why = reason === undefined ? '' : `: ${reason}`
  const notes = [
    `${movedFrom === undefined ? 'planned' : `moved from ${movedFrom}`} by ${by ?? 'somebody'}${why} (${requestId})`,
    frozen && `frozen by ${frozen.name}`,
    problem && `cannot start: ${problem}`,
    started && 'its run has started, and waits for its instant',
  ]
  return {
    entry: { name, when: movedFrom === undefined ? 'on demand' : 'moved', timezone, secrets, windowSeconds },
    at,
    frozen,
    note: notes.filter(Boolean).join('; '),
    planned: {
      ...{ id: requestId, by: by ?? null, reason: reason ?? null },
      ...(movedFrom !== undefined && { movedFrom }),
      ...(started && { started }),
    },
  }
}
