import type { WaveRecord } from '../ledger/waves.ts'
import { namesIdOf } from '../model/identity.ts'
import type { Rotation } from '../model/rotation.ts'

/**
 * Whether these are the records of all secrets that a wave was resolved to. By their names: another run of it may have
 * listed more of them, and left one of these out, so that as many are not the same. Of an earlier release by their number.
 */
export function isWhole({ secrets, names }: Pick<WaveRecord, 'secrets' | 'names'>, records: Rotation[]) {
  if (secrets === 0) return false
  return names === undefined
    ? records.length >= secrets
    : names === namesIdOf(records.map(({ secret }) => secret))
}
