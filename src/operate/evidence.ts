import { forEachInPool } from '../aws/pool.ts'
import { eachWithAws, withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { type Hold, scopesOver, secretScope } from '../model/hold.ts'
import { messageOf } from '../model/text.ts'
import { DAY, iso } from '../model/time.ts'
import { countedFrom, secretsUnderPolicy, type UnderPolicy } from '../model/under-policy.ts'
import type { Known } from '../report/age.ts'
import { firstRecordIn, lastChangeIn } from '../report/age.ts'
import { clockOf } from '../report/aws-facts.ts'
import { policiesOf } from '../report/due.ts'
import { evidenceLines, firstKnownIn, type Line, type Period } from '../report/evidence.ts'
import { type Placement, placementsIn } from '../report/holds.ts'
import { provedExceptions, provedHolds } from '../report/proved.ts'
import { createSummary, type ReportInput } from '../report/summary.ts'
import { openPorts } from '../runtime/open-ports.ts'
import { recordsOf } from '../runtime/records.ts'
import { operator } from './operator.ts'
import { type Progress, SILENT } from './progress.ts'
import { readFacts } from './status.ts'

/** How long AWS may take for each answer, ms. */
type Limits = { giveUpMs?: number }

/** How many of many have been read is told. */
type CountedLimits = Limits & { show(done: number): void }

type Records = Pick<
  ReturnType<typeof recordsOf>,
  'ledger' | 'holds' | 'waves' | 'exceptions' | 'callers' | 'facts'
>

/** Calls at once: enough to be quick, few enough to leave the table's capacity to rotations. */
const AT_ONCE = 8

export type OpenEvidence = {
  /** The period's lines: read as they are asked for, once. */
  lines: AsyncIterable<Line>
  underPolicy: Map<string, string[]>
  /** The report, of a summary of all lines. */
  close(summary: ReturnType<typeof createSummary>): Promise<ReportInput>
}

/** A query a day; the ledger forgets after 400 days by default. */
const MOST_DAYS = 1_100

/** Reads a period, page by page. `now`: epoch ms. Throws CannotDo, also where the period is too long for one report. */
export async function openEvidence(
  config: Config,
  period: Period,
  now: number,
  { progress = SILENT, ...limits }: Limits & { progress?: Progress } = {},
): Promise<OpenEvidence> {
  if (period.to - period.from > MOST_DAYS * DAY)
    throw new CannotDo(`more than ${MOST_DAYS} days`, { hint: 'make one report a year' })
  const records: Records = recordsOf(config.stage)
  const policies = policiesOf(config)
  const ended = { from: period.from, to: Math.min(period.to, now) }
  const firstKnown = await withAws('read the ledger', () => firstKnownIn(records.ledger, policies), limits)
  const { secrets, unread } = await readUnderPolicy(config, limits)
  const underPolicy = new Map([...secrets].map(([key, it]) => [key, it.schedules.map(({ name }) => name)]))
  const { ledger, waves, exceptions } = records
  const source = { ledger, waves, exceptions, policies, configVersion: config.version, firstKnown, now }
  async function* lines(): AsyncGenerator<Line> {
    let count = 0
    for await (const line of eachWithAws('read the ledger', evidenceLines(period, source), limits)) {
      count++
      const at = 'rotation' in line ? line.rotation.scheduledAt : line.unrecorded.at
      progress.show(() => `${count} records, up to ${new Date(at).toISOString().slice(0, 10)}`)
      yield line
    }
    progress.end()
  }
  return {
    lines: lines(),
    underPolicy,
    async close(summary) {
      const names = summary.secretNames()
      const telling = (what: string): CountedLimits => ({
        ...limits,
        show: (done) => progress.show(() => `${what} ${done}/${names.length}`),
      })
      const known = await readKnown(records, names, period.from, telling('earlier rotations'))
      unread.push(...(await readDates(config, secrets, known, period.from, telling('dates of secrets'))))
      const holds = await readHolds(records, config, names, period, telling('holds'), now)
      const exceptions = await withAws(
        'read what was skipped',
        async () => {
          const found = await records.exceptions.between(iso(period.from), iso(period.to))
          return provedExceptions(found, records.callers, now)
        },
        limits,
      )
      const clock = clockOf(await withAws('read the ledger', () => readFacts(records.facts), limits))
      progress.end()
      return {
        ...{ config, period, generatedAt: now, generatedBy: operator(), holds, exceptions, firstKnown },
        ...{ clock, unread },
        summary: summary.close(ended, known),
      }
    },
  }
}

/** All of it, at once. Throws CannotDo. */
export async function collectEvidence({ lines, underPolicy, close }: OpenEvidence): Promise<ReportInput> {
  const summary = createSummary(underPolicy)
  for await (const line of lines) summary.add(line)
  return close(summary)
}

/**
 * Every secret under policy, with its schedules. What could not be listed is said in words: whoever makes a report may
 * see the ledger, and not the secrets.
 */
async function readUnderPolicy(
  config: Config,
  limits: Limits,
): Promise<{ secrets: Map<string, UnderPolicy>; unread: string[] }> {
  const unread: string[] = []
  const ports = openPorts(config)
  const secrets = await secretsUnderPolicy(config, async ({ name, place }, selector) => {
    try {
      const { list } = place === undefined ? ports.secrets : ports.secretsIn(place)
      return (await withAws('list secrets', () => list(selector), limits)).names
    } catch (error) {
      const why = messageOf(error)
      unread.push(
        `Which secrets ${name} chooses now could not be read (${why}): only those that rotated are here.`,
      )
      return []
    }
  })
  return { secrets, unread }
}

/** What the ledger knows of each of these secrets from before the period, and since when it knows it. */
async function readKnown(
  { ledger }: Records,
  names: string[],
  from: number,
  telling: CountedLimits,
): Promise<Map<string, Partial<Known>>> {
  const found = new Map<string, Partial<Known>>()
  await forEachOf('read the ledger', names, telling, async (name) => {
    const before = await lastChangeIn(ledger, name, iso(from))
    const watched = before === undefined ? await firstRecordIn(ledger, name) : undefined
    found.set(name, { before, watched })
  })
  return found
}

/**
 * What Secrets Manager readDates of the secrets under policy whose earlier change the ledger does not know, by the rule that
 * the audit counts ages by. What could not be looked at is said: its age may be unknown.
 */
async function readDates(
  config: Config,
  secrets: Map<string, UnderPolicy>,
  known: Map<string, Partial<Known>>,
  from: number,
  telling: CountedLimits,
): Promise<string[]> {
  const ports = openPorts(config)
  const asked = [...secrets.values()].filter(({ key }) => known.get(key)?.before === undefined)
  let refused: { count: number; why: string } | undefined
  await forEachOf('look at the secrets', asked, telling, async ({ key, secret, place }) => {
    try {
      const seen = await (place === undefined ? ports.secrets : ports.secretsIn(place)).describe(secret)
      if ('refusal' in seen) throw new Error(seen.refusal.message)
      const created = seen.secret.CreatedDate?.getTime()
      const counted = countedFrom(seen.secret)
      const before = counted && counted.at < from ? counted.at : undefined
      known.set(key, {
        ...known.get(key),
        created,
        before,
        ...(counted?.rotated && { changes: [counted.at] }),
      })
    } catch (error) {
      const why = messageOf(error)
      refused = { count: (refused?.count ?? 0) + 1, why: refused?.why ?? why }
    }
  })
  if (!refused) return []
  const { count, why } = refused
  return [
    `When ${count} of the secrets were made, or rotated last, could not be read (${why}): an age that the ledger does not show is not known.`,
  ]
}

/** The holds of the period over everything, the config's schedules, and these secrets. */
async function readHolds(
  { holds, callers }: Records,
  config: Config,
  names: string[],
  period: Period,
  telling: CountedLimits,
  now: number,
): Promise<Placement[]> {
  const found: Hold[] = []
  const scopes = [
    ...new Set([...config.schedules.flatMap(({ name }) => scopesOver(name, [])), ...names.map(secretScope)]),
  ]
  const since = iso(period.from - 1)
  await forEachOf(
    'read the ledger',
    scopes,
    telling,
    async (scope) => void found.push(...(await holds.since([scope], since))),
  )
  // Those of the period alone: of each it is looked up whose it is.
  const inside = found.filter((hold) => placementsIn([hold], period).length > 0)
  const { show: _, ...limits } = telling
  const proved = await withAws('read whose holds they are', () => provedHolds(inside, callers, now), limits)
  return placementsIn(proved, period)
}

async function forEachOf<T>(
  doing: string,
  items: T[],
  { show, ...limits }: CountedLimits,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let done = 0
  await forEachInPool(items, AT_ONCE, async (item) => {
    show(done++)
    await withAws(doing, () => work(item), limits)
  })
}
