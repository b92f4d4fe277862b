import type { Config, Schedule } from '../config/config.ts'
import { secretPlaceOf } from '../model/place.ts'
import { secretNameOf } from '../model/secret.ts'

/** A secret to create on the local AWS. Absent: of the account and region that it claims to be; made up by it. */
export type DemoSecret = {
  name: string
  account?: string
  region?: string
  arn?: string
  tags?: Record<string, string>
}

/** Every secret that the config names, and one for each selector to choose, each once in its place. */
export function secretsOf({ schedules }: Config): DemoSecret[] {
  const all = schedules.flatMap((schedule) => [
    ...schedule.secrets.map((secret) => named(secret, schedule)),
    ...(schedule.select ? [chosen(schedule)] : []),
  ])
  return [...new Map(all.map((it) => [`${it.account}/${it.region}/${it.name}`, it])).values()]
}

function named(secret: string, { place }: Schedule): DemoSecret {
  if (!secret.startsWith('arn:')) return { name: secret, ...placeOf(place) }
  return { name: secretNameOf(secret), ...placeOf(secretPlaceOf(secret)), arn: secret }
}

function chosen({ name, select: { prefix = '', tags = {} } = {}, place }: Schedule): DemoSecret {
  return { name: `${prefix || `${name}/`}example`, ...placeOf(place), tags }
}

function placeOf({
  account,
  region,
}: Schedule['place'] & object = {}): Pick<DemoSecret, 'account' | 'region'> {
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) }
}
