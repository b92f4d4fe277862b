import { secretNameOf } from './secret.ts'

/** Another account, another region, or both: what is absent is the orchestrator's. */
export type Place = {
  /** 12 digits. */
  account?: string
  region?: string
  /** Name or ARN of the role to assume in `account`: there wherever `account` is. */
  role?: string
  externalId?: string
}

/** The account and region in a secret's ARN; undefined for a name. */
export function secretPlaceOf(secret: string): { account: string; region: string } | undefined {
  const [, region, account] = /^arn:[^:]+:secretsmanager:([^:]+):(\d{12}):secret:/.exec(secret) ?? []
  return region === undefined || account === undefined ? undefined : { account, region }
}

/** Do two ways to write a secret mean the same one? `place`: where a name is looked for; what it does not say is open. */
export function isSameSecret(one: string, other: string, place: Partial<Place> = {}): boolean {
  if (one === other) return true
  if (secretNameOf(one) !== secretNameOf(other)) return false
  const [a, b] = [secretPlaceOf(one), secretPlaceOf(other)]
  // Two ARNs of one name: in two places, or the one is no more.
  if (a && b) return false
  const there = a ?? b
  if (there === undefined) return true
  return (place.account ?? there.account) === there.account && (place.region ?? there.region) === there.region
}

/** Tells places apart, and says where: `111122223333:eu-west-1`; empty where the orchestrator itself is. */
export function placeKey({
  account,
  region,
}: { [Name in 'account' | 'region']?: string | undefined } = {}): string {
  return [account, region].filter((part) => part !== undefined).join(':')
}

/** Where the orchestrator is, as far as somebody knows. */
export type Home = { [Name in 'account' | 'region']?: string | undefined }

/** The same place without what names the orchestrator's own account or region; undefined where nothing is left. */
export function placeFrom(home: Home, place: Place | undefined): Place | undefined {
  if (place === undefined) return undefined
  const { account, role, externalId, region } = place
  const there = {
    ...(account !== undefined && account !== home.account && { account, role, externalId }),
    ...(region !== undefined && region !== home.region && { region }),
  }
  return Object.keys(there).length === 0 ? undefined : (there as Place)
}

/** The ARN of the role to assume; undefined where the account is the orchestrator's own. `home`: its region. */
export function roleArnOf({ account, role, region }: Place, home: string): string | undefined {
  if (account === undefined || role === undefined) return undefined
  return role.startsWith('arn:') ? role : `arn:${partitionOf(region ?? home)}:iam::${account}:role/${role}`
}

/** Beginnings of regions whose ARNs do not begin in `arn:aws:`. Source: the SDK's endpoint partitions. */
const PARTITIONS = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-iso-', 'aws-iso'],
  ['eusc-', 'aws-eusc'],
] as const

/** Of a region's ARNs, and of those of IAM beside it. */
export function partitionOf(region = ''): string {
  return PARTITIONS.find(([begin]) => region.startsWith(begin))?.[1] ?? 'aws'
}

/** Places that schedules name, each once. */
export function placesOf(schedules: { place?: Place | undefined }[]): Place[] {
  const places = schedules.flatMap(({ place }) => place ?? [])
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}
