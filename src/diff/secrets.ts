import type { Config } from '../config/config.ts'
import { placeKey } from '../model/place.ts'
import { secretNameOf } from '../model/secret.ts'

/**
 * A named secret that comes under rotation, or is rotated by no schedule any more. `unless`: a schedule whose tags may
 * choose it on the other side; a config does not say what tags a secret has.
 */
export type SecretChange = { secret: string; place: string; unless?: string }

export function compareSecrets(base: Config, head: Config): { gained: SecretChange[]; lost: SecretChange[] } {
  return { gained: missingIn(base, head), lost: missingIn(head, base) }
}

/** What an enabled schedule of `b` names, and none of `a` does. */
function missingIn(a: Config, b: Config): SecretChange[] {
  const known = named(a)
  return [...named(b)].flatMap(([key, found]) => {
    if (known.has(key)) return []
    const choosers = a.schedules.filter(
      ({ enabled, select, place }) =>
        enabled && select && placeKey(place) === found.place && found.name.startsWith(select.prefix ?? ''),
    )
    if (choosers.some(({ select }) => Object.keys(select?.tags ?? {}).length === 0)) return []
    const { secret, place } = found
    return [{ secret, place, ...(choosers[0] && { unless: choosers[0].name }) }]
  })
}

/** By place and name, however they are written. */
function named({ schedules }: Config): Map<string, { secret: string; name: string; place: string }> {
  return new Map(
    schedules
      .filter(({ enabled }) => enabled)
      .flatMap(({ secrets, place }) =>
        secrets.map((secret) => {
          const found = { secret, name: secretNameOf(secret), place: placeKey(place) }
          return [`${found.place} ${found.name}`, found] as const
        }),
      ),
  )
}
