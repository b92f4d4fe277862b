import type { Scope } from '../../model/hold.ts'
import { secretScope } from '../../model/hold.ts'
import type { Mark, StageAnswer } from '../server/answers.ts'

/** `everything`, `schedule orders-db-nightly`, `secret prod/orders/db`. */
export function scopeText(scope: Scope): string {
  return scope === 'all' ? 'everything' : scope.replace('/', ' ')
}

/** What holds a rotation's secret: itself where the config names it, else the schedule that chose it. */
export function scopeOf({ schedule, secretName }: Mark, { secrets }: StageAnswer): Scope {
  return secrets.includes(secretName) ? secretScope(secretName) : `schedule/${schedule}`
}

/** How to rotate a rotation's secret again: within its schedule where that still has it, with its hooks and holds. */
export function requestOf({ schedule, secret }: Mark, { schedules }: StageAnswer) {
  const own = schedules.find(({ name, secrets }) => name === schedule && secrets.includes(secret))
  return { secrets: [secret], ...(own && { schedule }) }
}
