import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import type { Hold } from '../ledger/hold.ts'
import type { Holds } from '../ledger/holds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { policiesOf } from '../report/due.ts'
import { evidence, firstKnownIn, type Line, type Period } from '../report/evidence.ts'
import { type Placement, placementsIn } from '../report/holds.ts'
import { lastChangeIn } from '../report/last-change.ts'
import type { Evidence } from '../report/report.ts'
import { openSummary } from '../report/summary.ts'
import { secretKeyOf } from '../rotation/identity.ts'
import { openWorld, recordsIn } from '../rotation/open-world.ts'
import { scopesOver, secretScope } from '../rotation/scopes.ts'
import { eachWithAws, withAws } from './aws.ts'
import type { Terminal } from './command.ts'
import { operator } from './operator.ts'
import { openProgress } from './progress.ts'

/** How long AWS may take for each answer, ms. */
type Limits = { giveUpMs?: number }

/** How many of many have been read is told. */
type InTurn = Limits & { tell(done: number): void }

type Records = { ledger: Ledger; holds: Holds }

/** Calls at once: enough to be quick, few enough to leave the table's capacity to rotations. */
const AT_ONCE = 8

export type Gathered = {
  /** The period's lines: read as they are asked for, once. */
  lines: AsyncIterable<Line>
  underPolicy: Map<string, string[]>
  /** The report, of a summary of all lines. */
  close(summary: ReturnType<typeof openSummary>): Promise<Evidence>
}

/** Reads a period, page by page. Throws CannotDo. */
export async function gather(
  config: Config,
  period: Period,
  terminal: Pick<Terminal, 'errIsTTY' | 'err' | 'now'>,
  limits: Limits = {},
): Promise<Gathered> {
  const records: Records = recordsIn(namesOf(config.stage).ledgerTable)
  const policies = policiesOf(config)
  const now = terminal.now()
  const ended = { from: period.from, to: Math.min(period.to, now) }
  const progress = openProgress(terminal)
  const firstKnown = await withAws('read the ledger', () => firstKnownIn(records.ledger, policies), limits)
  const { underPolicy, unread } = await underPolicyNow(config, limits)
  const source = { ledger: records.ledger, policies, configVersion: config.version, firstKnown, now }
  async function* lines(): AsyncGenerator<Line> {
    let count = 0
    for await (const line of eachWithAws('read the ledger', evidence(period, source), limits)) {
      count++
      const at = 'rotation' in line ? line.rotation.scheduledAt : line.unrecorded.at
      progress.tell(() => `${count} records, up to ${new Date(at).toISOString().slice(0, 10)}`)
      yield line
    }
    progress.end()
  }
  return {
    lines: lines(),
    underPolicy,
    async close(summary) {
      const names = summary.secretNames()
      const inTurn = (what: string): InTurn => ({
        ...limits,
        tell: (done) => progress.tell(() => `${what} ${done}/${names.length}`),
      })
      const before = await lastChangesBefore(records, names, period.from, inTurn('earlier rotations'))
      const holds = await holdsOver(records, config, names, period, inTurn('holds'))
      progress.end()
      return {
        ...{ config, period, generatedAt: now, generatedBy: operator(), holds, firstKnown, unread },
        summary: summary.close(ended, before),
      }
    },
  }
}

/** All of it, at once. Throws CannotDo. */
export async function evidenceIn({ lines, underPolicy, close }: Gathered): Promise<Evidence> {
  const summary = openSummary(underPolicy)
  for await (const line of lines) summary.add(line)
  return close(summary)
}

/**
 * Every secret that the config names, or that its selectors choose now, with its schedules. What could not be listed is
 * said in words: whoever makes a report may see the ledger, and not the secrets.
 */
async function underPolicyNow(
  config: Config,
  limits: Limits,
): Promise<{ underPolicy: Map<string, string[]>; unread: string[] }> {
  const underPolicy = new Map<string, string[]>()
  const unread: string[] = []
  const world = openWorld(config, namesOf(config.stage).ledgerTable)
  for (const { name, secrets, select, place } of config.schedules) {
    const chosen = async () => {
      if (!select) return []
      try {
        const { list } = place === undefined ? world.secrets : world.secretsIn(place)
        return (await withAws('list secrets', () => list(select), limits)).names
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        unread.push(
          `Which secrets ${name} chooses now could not be read (${why}): only those that rotated are here.`,
        )
        return []
      }
    }
    for (const secret of [...secrets, ...(await chosen())]) {
      const key = secretKeyOf(secret, place)
      underPolicy.set(key, [...(underPolicy.get(key) ?? []), name])
    }
  }
  return { underPolicy, unread }
}

/** When each of these secrets changed last before the period, epoch ms; none where the ledger knows no such change. */
async function lastChangesBefore(
  { ledger }: Records,
  names: string[],
  from: number,
  inTurn: InTurn,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  await inParts(names, inTurn, async (name) => {
    const at = await lastChangeIn(ledger, name, new Date(from).toISOString())
    if (at !== undefined) found.set(name, at)
  })
  return found
}

/** The holds of the period over everything, the config's schedules, and these secrets. */
async function holdsOver(
  { holds }: Records,
  config: Config,
  names: string[],
  period: Period,
  inTurn: InTurn,
): Promise<Placement[]> {
  const found: Hold[] = []
  const scopes = [
    ...new Set([...config.schedules.flatMap(({ name }) => scopesOver(name, [])), ...names.map(secretScope)]),
  ]
  const since = new Date(period.from - 1).toISOString()
  await inParts(scopes, inTurn, async (scope) => void found.push(...(await holds.since([scope], since))))
  return placementsIn(found, period)
}

async function inParts<T>(
  items: T[],
  { tell, ...limits }: InTurn,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let done = 0; done < items.length; done += AT_ONCE) {
    tell(done)
    const part = items.slice(done, done + AT_ONCE)
    await withAws('read the ledger', () => Promise.all(part.map(work)), limits)
  }
}
