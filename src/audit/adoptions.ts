import { type AdoptionFound, asManyAsFit } from '../ledger/audit-state.ts'
import { type AnyHeard, isSilent, openAnyHeard } from '../ledger/readers.ts'
import { adoptionOf, askingFor, refined, withReads } from '../model/adoption.ts'
import { consumersOf } from '../model/consumers.ts'
import type { Finding } from '../model/finding.ts'
import type { Adoption, Rotation } from '../model/rotation.ts'
import type { SecretRead } from '../model/secret-read.ts'
import { DAY, HOUR, iso, MINUTE } from '../model/time.ts'
import { adoptionText } from '../report/adoption.ts'
import { type AskHistory, openAskHistory } from './ask-history.ts'
import type { AuditRun } from './ports.ts'

/** CloudTrail's records come within minutes, and in a batch: so long after the time is over it is judged. */
export const LATE_MS = 30 * MINUTE

/**
 * One that was due for longer is not judged any more: a stage that begins to ask does not ask about the past. So long ago,
 * or so long before the audit ran last.
 */
const BACK_MS = DAY

/** Readers are kept for longer. */
const MOST_SILENT_MS = 30 * DAY

/** From its scheduled instant to its rotation: a window and a timeout, of a day at most each, and three as a late success. */
const LONGEST_MS = 5 * DAY

/** So long what is to be named waits for CloudTrail's history, where that does not answer. */
const MOST_WAIT_MS = 6 * HOUR

/**
 * Of each rotation whose schedule asks for it (`adoption`), once its time is over: who was seen to fetch the secret since,
 * and who was not. One conditional write each, so that of two audits the first counts. Answers with those that not all have
 * fetched, or of which that is not known. `ranAt`: when an audit last came to its end, ISO; what was noted since, by one that
 * did not, is told again. Decision 0171.
 */
export async function judgeAdoptions(ports: AuditRun, ranAt?: string): Promise<AdoptionFound[]> {
  const withins = ports.config.schedules.flatMap(({ adoption }) => adoption?.withinSeconds ?? [])
  const now = ports.now()
  const silent = ranAt === undefined ? 0 : Math.min(MOST_SILENT_MS, Math.max(0, now - Date.parse(ranAt)))
  const backMs = BACK_MS + silent
  const days = withins.flatMap((seconds) => {
    // Those whose time still runs are looked at, too.
    const count = Math.ceil((seconds * 1_000 + LATE_MS + backMs + LONGEST_MS) / DAY)
    return Array.from({ length: count + 1 }, (_, back) => iso(now - back * DAY).slice(0, 10))
  })
  const from = now - Math.max(0, ...withins) * 1_000 - LATE_MS - backMs
  const ask = ports.history && openAskHistory({ ...ports, history: ports.history }, from)
  const anyHeard = openAnyHeard(ports)
  const found: AdoptionFound[] = []
  for (const day of new Set(days)) {
    for await (const rotation of ports.ledger.query('byDay', day)) {
      if (ports.now() >= ports.deadline) return found
      found.push(...(await judge(rotation, { now, backMs, ranAt, ask, anyHeard }, ports).catch(ports.failed)))
    }
  }
  return found
}

type Judging = {
  now: number
  backMs: number
  ranAt: string | undefined
  ask: AskHistory | undefined
  anyHeard: AnyHeard
}

async function judge(
  rotation: Rotation,
  { now, backMs, ranAt, ask, anyHeard }: Judging,
  ports: AuditRun,
): Promise<AdoptionFound[]> {
  const { rotationId, secretName, rotatedAt } = rotation
  // Whatever became of it: once it has changed the secret, they have to fetch.
  if (rotatedAt === undefined) return []
  if (rotation.adoption && ranAt !== undefined && rotation.adoption.at <= ranAt) return []
  const asking = askingFor(secretName, ports.config.schedules)
  const withins = asking.flatMap(({ adoption }) => adoption?.withinSeconds ?? [])
  const withinSeconds = Math.min(...withins)
  const late = now - (Date.parse(rotatedAt) + withinSeconds * 1_000 + LATE_MS)
  if (withins.length === 0 || late > backMs) return []
  if (late < 0) {
    if (rotation.fetching?.allBy === undefined) await noteFetching({ ...rotation, rotatedAt })
    return []
  }
  const adoption = rotation.adoption ?? (await noted({ ...rotation, rotatedAt }))
  if (adoption === undefined) return []
  const isWell = adoption.unknown === undefined && adoption.fetched === adoption.known
  if (isWell) return []
  // Whoever is told of that schedule hears of what others have rotated, too.
  const { name: schedule = '' } = asking.find(({ name }) => name === rotation.schedule) ?? asking[0] ?? {}
  return [{ secretName, schedule, rotationId, adoption }]

  async function look(rotated: Rotation & { rotatedAt: string }) {
    const seen = await ports.readers.of(secretName, now)
    const judgedBy = (reads: SecretRead[], silent: boolean) =>
      adoptionOf(rotated, declaredRoles(secretName, asking), withReads(seen, reads), {
        ...{ withinSeconds, now, silent },
      })
    const isQuiet = () => isSilent(seen, { rotatedAt: rotated.rotatedAt, withinSeconds, now }, anyHeard)
    return { isQuiet, judgedBy }
  }

  /** Once an hour until all have: so an hour is how exact it is. */
  async function noteFetching(rotated: Rotation & { rotatedAt: string }) {
    const judged = (await look(rotated)).judgedBy([], false)
    const { firstBy, allBy, known } = refined(rotation.fetching, judged)
    const before = rotation.fetching
    if (firstBy === before?.firstBy && allBy === before?.allBy) return
    const fetching = { known, ...(firstBy && { firstBy }), ...(allBy && { allBy }) }
    await ports.ledger.noteFetching(rotationId, fetching)
  }

  async function noted(rotated: Rotation & { rotatedAt: string }) {
    const found = await asked(rotated, await look(rotated))
    if (found === undefined) return undefined
    const { firstBy: _, allBy: __, ...rest } = found
    const judged = { ...rest, ...refined(rotation.fetching, found) }
    return (await ports.ledger.noteAdoption(rotationId, judged)).adoption ?? judged
  }

  /** Nobody is named before CloudTrail's own history was asked, if it can be; undefined: the next audit asks. */
  async function asked(rotated: Rotation & { rotatedAt: string }, { isQuiet, judgedBy }: Judges) {
    const heard = judgedBy([], false)
    if (heard.unknown !== undefined || heard.behind.length === 0) return heard
    const silent = await isQuiet()
    if (ask === undefined) return judgedBy([], silent)
    const { reads, history, later } = await ask({
      ...{ secret: secretName, arn: rotated.secretArn, since: Date.parse(rotatedAt ?? '') },
      isEnough: (some) => judgedBy(some, false).behind.length === 0,
    })
    if (later && late < MOST_WAIT_MS) return undefined
    // The history goes by no trail.
    return { ...judgedBy(reads, silent && history.asked !== 'WHOLE'), history }
  }
}

/** How the reads that were heard are judged, and others too; `isQuiet`: a trail may have stopped. */
type Judges = {
  isQuiet(): Promise<boolean>
  judgedBy(reads: SecretRead[], silent: boolean): Adoption
}

/** Roles that a config says use a secret, by name or ARN. */
export function declaredRoles(secretName: string, asking: Parameters<typeof askingFor>[1]): string[] {
  const all = asking.flatMap(({ consumers }) => consumersOf(secretName, consumers))
  return [...new Set(all.filter(({ kind }) => kind === 'observe').map(({ name }) => name))]
}

export function adoptionFinding({ secretName, schedule, rotationId, adoption }: AdoptionFound): Finding {
  const kind = adoption.unknown === undefined ? 'NOT_FETCHED' : 'ADOPTION_UNKNOWN'
  const message = `since it rotated: ${adoptionText(adoption)}`
  return { kind, key: `adoption ${rotationId}`, schedule, secret: secretName, rotationId, message }
}

/** For whoever shows the stage, for a day. */
export function keptAdoptions(
  before: AdoptionFound[] = [],
  found: AdoptionFound[],
  now: number,
): { adoptions?: AdoptionFound[] } {
  const since = iso(now - DAY)
  const adoptions = asManyAsFit([...found, ...before.filter(({ adoption }) => adoption.at >= since)])
  return adoptions.length === 0 ? {} : { adoptions }
}
