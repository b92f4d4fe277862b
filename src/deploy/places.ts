import type { Config, Schedule } from '../config/config.ts'
import { placesOf, secretPlaceOf } from '../model/place.ts'
import { type Json, sub } from './template.ts'

/** Schedules whose secrets are in the stack's own account: the others' are their own roles' business. */
export function ownSchedules({ schedules }: Config): Schedule[] {
  return schedules.filter(({ place }) => place?.account === undefined)
}

/** Regions in the stack's own account that schedules name, beside its own, which is `undefined`. */
export function ownRegions(config: Config): (string | undefined)[] {
  return [...new Set([undefined, ...ownSchedules(config).map(({ place }) => place?.region)])]
}

/** The roles of other accounts that schedules need, as IAM resources. */
export function memberRoles({ schedules }: Config): Json[] {
  const arns = placesOf(schedules).flatMap(({ account, role }) => {
    if (account === undefined || role === undefined) return []
    return role.startsWith('arn:') ? role : `arn:\${AWS::Partition}:iam::${account}:role/${role}`
  })
  return [...new Set(arns)].sort().map((arn) => (arn.includes('${') ? sub(arn) : arn))
}

/** Secrets that a stack in `region` would look for in vain: rotation happens in a secret's own region. */
export function secretsElsewhere({ schedules }: Config, region: string): string[] {
  return schedules.flatMap(({ name, secrets, place }) => {
    const expected = place?.region ?? region
    return secrets.flatMap((secret) => {
      const actual = secretPlaceOf(secret)?.region ?? expected
      if (actual === expected) return []
      return `schedule "${name}" rotates ${secret}, but in ${expected}, where there is no such secret: add region: ${actual} to the schedule`
    })
  })
}
