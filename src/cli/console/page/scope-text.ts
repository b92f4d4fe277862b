import type { Scope } from '../../../ledger/holds.ts'

/** `everything`, `schedule orders-db-nightly`, `secret prod/orders/db`. */
export function scopeText(scope: Scope): string {
  return scope === 'all' ? 'everything' : scope.replace('/', ' ')
}
