import { secretKeyOf } from './identity.ts'
import { type Place, placeKey } from './place.ts'
import { secretNameOf } from './secret.ts'
import { type Selector, selects } from './selector.ts'

/**
 * Which secrets are under policy, and what that asks of each: audit, doctor, report, status and console go by this page
 * (decision 0109). Under policy is what an enabled schedule names, or what its selector chooses now.
 */
export type UnderPolicy<Schedule extends Terms = Terms> = {
  secret: string
  place?: Place | undefined
  /** As the ledger keeps it. */
  key: string
  /** Those that it is of, in the config's order. */
  schedules: Schedule[]
}

/** What it takes from a config's schedules. */
type Terms = {
  name: string
  enabled: boolean
  secrets: string[]
  select?: Selector
  place?: Place
  maxAgeSeconds?: number
}

export function enforced<Schedule extends Terms>({ schedules }: { schedules: Schedule[] }): Schedule[] {
  return schedules.filter(({ enabled }) => enabled)
}

/** Every secret under policy, by its key. `chosenBy` lists what a selector chooses, or answers nothing once it has told why not. */
export async function secretsUnderPolicy<Schedule extends Terms>(
  config: { schedules: Schedule[] },
  chosenBy: (schedule: Schedule, selector: Selector) => Promise<string[]>,
): Promise<Map<string, UnderPolicy<Schedule>>> {
  const found = new Map<string, UnderPolicy<Schedule>>()
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

/** What DescribeSecret shows of one. */
type Described = {
  Name?: string | undefined
  Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined
  LastRotatedDate?: Date | undefined
  CreatedDate?: Date | undefined
}

/** The same from the other end: those of these schedules that one secret, as AWS describes it, is of. */
export function schedulesOf<Schedule extends Terms>(
  { Name = '', Tags = [] }: Described,
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
export function maxAgeOf(schedules: Terms[]): { seconds: number; schedule: string } | undefined {
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
}: Described): { at: number; rotated: boolean } | undefined {
  const date = LastRotatedDate ?? CreatedDate
  return date && { at: new Date(date).getTime(), rotated: LastRotatedDate !== undefined }
}

export function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
