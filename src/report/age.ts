/** How old a secret's value became: ms. `atLeast` where the ledger does not know when it last changed before. */
export type Age = { ms: number; atLeast: boolean }

/**
 * The oldest that a value became in [from, to].
 *
 * @param changes instants at which it changed, epoch ms, in any order, duplicates allowed.
 * @param before the last change before the period, where the ledger knows one.
 */
export function oldestAge(
  changes: number[],
  before: number | undefined,
  { from, to }: { from: number; to: number },
): Age {
  const instants = changes.filter((at) => at >= from && at <= to).sort((a, b) => a - b)
  let oldest: Age = { ms: 0, atLeast: false }
  let last = before
  for (const at of [...instants, to]) {
    const age = { ms: at - (last ?? from), atLeast: last === undefined }
    if (age.ms > oldest.ms) oldest = age
    last = at
  }
  return oldest
}
