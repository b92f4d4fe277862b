import type { Scope } from '../../../model/hold.ts'
import { secretScope } from '../../../model/hold.ts'
import type { RotationSummary, StageAnswer } from '../../server/api-types.ts'

/** `everything`, `schedule orders-db-nightly`, `secret prod/orders/db`. */
export function scopeText(scope: Scope): string {
  return scope === 'all' ? 'everything' : scope.replace('/', ' ')
}

/** What holds a rotation's secret: itself where the config names it, else the schedule that chose it. */
export function scopeOf({ schedule, secretName }: RotationSummary, { secrets }: StageAnswer): Scope {
  return secrets.includes(secretName) ? secretScope(secretName) : `schedule/${schedule}`
}

/** How to rotate a rotation's secret again: within its schedule where that still has it, with its hooks and holds. */
export function requestOf({ schedule, secret }: RotationSummary, { schedules }: StageAnswer) {
  const own = schedules.find(({ name, secrets }) => name === schedule && secrets.includes(secret))
  return { secrets: [secret], ...(own && { schedule }) }
}
