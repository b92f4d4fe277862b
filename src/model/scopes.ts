import type { Scope } from '../ledger/hold.ts'
import { nameInKey, secretNameOf } from './identity.ts'

/** The scope of a secret, however it is written: a name, an ARN, or a ledger key with its place before it. */
export function secretScope(secret: string): Scope {
  return `secret/${nameInKey(secretNameOf(secret))}`
}

/** The scopes whose holds count for any of these secrets in a schedule: by their names alone, wherever they are. */
export function scopesOver(schedule: string, secrets: string[]): Scope[] {
  return ['all', `schedule/${schedule}`, ...new Set(secrets.map(secretScope))]
}
