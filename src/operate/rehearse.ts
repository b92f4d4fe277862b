import { forEachInPool } from '../aws/pool.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Config, Schedule } from '../config/config.ts'
import { onCannotDo } from '../model/errors.ts'
import { DAY, iso } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import { portsAt } from '../rotation/ports.ts'
import { openPorts } from '../runtime/open-ports.ts'
import type { Onlooker } from './progress.ts'

/** What a stage that stands shows of itself. Secrets by their keys in the ledger. */
export type StageKnown = {
  /** By schedule: what its selector chooses now. */
  chosen: Map<string, string[]>
  /** The median of the newest successes, ms. */
  tookMs: Map<string, number>
  /** Epoch ms. */
  rotatedAt: Map<string, number>
}

/** What is asked offline is not kept waiting: ms. */
const GIVE_UP_MS = 3_000
/** Queries at once. */
const AT_ONCE = 8
/** Longer than most go without a rotation. */
const BACK_MS = 400 * DAY
/** Newest records of a schedule that are looked at, for each of its secrets. */
const RECORDS = 5

/**
 * Durations and last rotations from the stage's ledger, and what selectors choose. What cannot be read is told, and left
 * out: a config is rehearsed offline, too.
 */
export async function knownOfStage(config: Config, now: number, note: Onlooker['note']): Promise<StageKnown> {
  const known: StageKnown = { chosen: new Map(), tookMs: new Map(), rotatedAt: new Map() }
  const took = new Map<string, number[]>()
  const ports = openPorts(config)
  let told = false
  const unseen = (what: string) =>
    onCannotDo(({ message }) => {
      // No AWS is set up here at all: whoever looks at a config so does not ask about a stage.
      if (!told && !/Region is missing|Could not load credentials from any/.test(message))
        note(`${what}: ${message}`)
      told = true
    })
  const schedules = enforced(config)
  const readOne = async ({ name, secrets }: Schedule) => {
    let left = RECORDS * Math.max(20, secrets.length)
    const range = { from: iso(now - BACK_MS), to: iso(now) }
    for await (const rotation of ports.ledger.query('bySchedule', name, range)) {
      const { secretName, rotatedAt, durationMs, status } = rotation
      if (rotatedAt !== undefined)
        known.rotatedAt.set(secretName, Math.max(Date.parse(rotatedAt), known.rotatedAt.get(secretName) ?? 0))
      const some = took.get(secretName) ?? []
      if (status === 'SUCCEEDED' && durationMs !== undefined && some.length < RECORDS)
        took.set(secretName, [...some, durationMs])
      if (--left <= 0) break
    }
  }
  await forEachInPool(schedules, AT_ONCE, async (schedule) => {
    if (told) return
    await withAws('read the ledger', () => readOne(schedule), { giveUpMs: GIVE_UP_MS }).catch(
      unseen('durations and last rotations are not those of the stage'),
    )
  })
  for (const [secret, some] of took)
    known.tookMs.set(secret, some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0)
  told = false
  const choosing = schedules.flatMap(({ name, select, place }) => (select ? [{ name, select, place }] : []))
  await forEachInPool(choosing, AT_ONCE, async ({ name, select, place }) => {
    if (told) return
    const here = portsAt({ ...ports, executionArn: '', notify: async () => {}, log: () => {} }, place)
    const list = async () => known.chosen.set(name, (await here.secrets.list(select)).names)
    await withAws('list the secrets that selectors choose', list, { giveUpMs: GIVE_UP_MS }).catch(
      unseen('secrets that selectors choose are made up'),
    )
  })
  return known
}
