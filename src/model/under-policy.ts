import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { calendarOf } from '../calendar/calendar.ts'
import { DAY } from '../calendar/civil.ts'
import { freezesKept } from '../calendar/freezes.ts'
import { frozenTime, unfrozen } from '../calendar/unfrozen.ts'
import type { Config, Place, Schedule, Selector } from '../config/config.ts'
import { placeKey } from '../config/place.ts'
import { selects } from '../config/selector.ts'
import { secretKeyOf, secretNameOf } from './identity.ts'

/**
 * Which secrets are under policy, and what that asks of each: audit, doctor, report, status and console go by this page
 * (decision 0109). Under policy is what an enabled schedule names, or what its selector chooses now.
 */
export type UnderPolicy = {
  secret: string
  place?: Place | undefined
  /** As the ledger keeps it. */
  key: string
  /** Those that it is of, in the config's order. */
  schedules: Schedule[]
}

export function enforced({ schedules }: Pick<Config, 'schedules'>): Schedule[] {
  return schedules.filter(({ enabled }) => enabled)
}

/** Every secret under policy, by its key. `chosenBy` lists what a selector chooses, or answers nothing once it has told why not. */
export async function secretsUnderPolicy(
  config: Pick<Config, 'schedules'>,
  chosenBy: (schedule: Schedule, selector: Selector) => Promise<string[]>,
): Promise<Map<string, UnderPolicy>> {
  const found = new Map<string, UnderPolicy>()
  for (const schedule of enforced(config)) {
    const { secrets, select, place } = schedule
    for (const secret of select ? await chosenBy(schedule, select) : secrets) {
      const key = secretKeyOf(secret, place)
      const known = found.get(key) ?? { secret, place, key, schedules: [] }
      if (!known.schedules.includes(schedule)) known.schedules.push(schedule)
      found.set(key, known)
    }
  }
  return found
}

/** The same from the other end: those of these schedules that one secret, as AWS describes it, is of. */
export function schedulesOf(
  { Name = '', Tags = [] }: Pick<DescribeSecretCommandOutput, 'Name' | 'Tags'>,
  schedules: Schedule[],
  isThere: (place: Place | undefined) => boolean,
): Schedule[] {
  return schedules.filter(
    ({ secrets, select, place }) =>
      isThere(place) &&
      (select ? selects(select, { Name, Tags }) : secrets.some((secret) => secretNameOf(secret) === Name)),
  )
}

export function isPlace(place: Place | undefined): (other: Place | undefined) => boolean {
  return (other) => placeKey(other) === placeKey(place)
}

/** The strictest `maxAge`, and whose it is; undefined where none of them has one. */
export function maxAgeOf(schedules: Schedule[]): { seconds: number; schedule: string } | undefined {
  const [first] = schedules
    .flatMap(({ name, maxAgeSeconds }) =>
      maxAgeSeconds === undefined ? [] : [{ seconds: maxAgeSeconds, schedule: name }],
    )
    .sort((a, b) => a.seconds - b.seconds)
  return first
}

/**
 * When a secret's value is counted from: Secrets Manager's last rotation of it, or its creation where there was none.
 * LastChangedDate says less: a tag moves it. Epoch ms; undefined where AWS shows neither.
 * Source: API reference, DescribeSecret.
 */
export function countedFrom({
  LastRotatedDate,
  CreatedDate,
}: Pick<DescribeSecretCommandOutput, 'LastRotatedDate' | 'CreatedDate'>):
  | { at: number; rotated: boolean }
  | undefined {
  const date = LastRotatedDate ?? CreatedDate
  return date && { at: new Date(date).getTime(), rotated: LastRotatedDate !== undefined }
}

/** A backstop two years ahead is not waiting for us. */
const AHEAD_MS = 2 * 366 * DAY

/** A schedule's next occurrence that no freeze stops, epoch ms. */
export function nextUnfrozen(schedule: Schedule, config: Config, now: number): number | undefined {
  const frozen = frozenTime(freezesKept(config.freezes, schedule), now, now + AHEAD_MS)
  return unfrozen(calendarOf(schedule), frozen).next(now)
}

export function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
