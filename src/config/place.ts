import type { Place, Schedule } from './config.ts'

/** The account and region in a secret's ARN; undefined for a name. */
export function secretPlaceOf(secret: string): { account: string; region: string } | undefined {
  const [, region, account] = /^arn:[^:]+:secretsmanager:([^:]+):(\d{12}):secret:/.exec(secret) ?? []
  return region === undefined || account === undefined ? undefined : { account, region }
}

/** Tells places apart, and says where: `111122223333:eu-west-1`; empty where the orchestrator itself is. */
export function placeKey({ account, region }: Pick<Place, 'account' | 'region'> = {}): string {
  return [account, region].filter((part) => part !== undefined).join(':')
}

/** The ARN of the role to assume; undefined where the account is the orchestrator's own. `home`: its region. */
export function roleArnOf({ account, role, region }: Place, home: string): string | undefined {
  if (account === undefined || role === undefined) return undefined
  return role.startsWith('arn:') ? role : `arn:${partitionOf(region ?? home)}:iam::${account}:role/${role}`
}

/** Source: IAM User Guide, reference-arns, partitions. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** Places that schedules name, each once. */
export function placesOf(schedules: Pick<Schedule, 'place'>[]): Place[] {
  const places = schedules.flatMap(({ place }) => place ?? [])
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}
