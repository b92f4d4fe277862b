import { calendarOf } from '../calendar/calendar.ts'
import type { Calendar } from '../calendar/expression.ts'
import { goesByZone } from '../calendar/zone-difference.ts'
import type { Config } from '../config/config.ts'
import { secretKeyOf } from '../model/identity.ts'

/** What a schedule of the config promises. */
export type DuePolicy = {
  schedule: string
  calendar: Calendar
  /** As the ledger keeps them: see `secretKeyOf`. */
  secrets: string[]
  /** A selector chooses the secrets as each wave starts: the config does not know them. */
  chosen: boolean
  windowMs: number
  /** Whether its instants come from a zone's local times. */
  zoned: boolean
}

/** A rotation that the calendar asks for. */
export type Due = {
  schedule: string
  /** Undefined where a selector chooses: then one rotation of any secret keeps the promise. */
  secretName?: string
  /** Epoch ms. */
  at: number
}

/** Of the schedules that are enabled: the others promise nothing. */
export function policiesOf(config: Config): DuePolicy[] {
  return config.schedules
    .filter(({ enabled }) => enabled)
    .map(({ name, secrets, select, place, windowSeconds, ...timing }) => ({
      schedule: name,
      calendar: calendarOf(timing),
      secrets: secrets.map((secret) => secretKeyOf(secret, place)),
      chosen: select !== undefined,
      windowMs: windowSeconds * 1_000,
      zoned: goesByZone(timing),
    }))
}

/** Every rotation due in [from, to), schedule by schedule. */
export function* due(policies: DuePolicy[], from: number, to: number): Generator<Due> {
  for (const { schedule, calendar, secrets, chosen } of policies) {
    for (const at of calendar.between(from, to)) {
      if (chosen) yield { schedule, at }
      for (const secretName of secrets) yield { schedule, secretName, at }
    }
  }
}
