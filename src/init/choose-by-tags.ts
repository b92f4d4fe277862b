import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { MOST_FILTERS, tagProblem } from '../config/selector.ts'
import { selects } from '../model/selector.ts'

/** Fewer are as easily read by name. */
const LEAST = 3
/** A selector takes ten filters, two for a tag. */
const MOST_TAGS = MOST_FILTERS / 2

/**
 * The tags that choose these secrets and no other of the account; the fewest, one or two at best. Undefined where none
 * do: then they are listed. `aws:` tags say what made a secret, and are nobody's to give.
 *
 * @param all every secret that a selector would find
 */
export function chooseByTags(
  secrets: SecretListEntry[],
  all: SecretListEntry[],
): Record<string, string> | undefined {
  const [first, ...rest] = secrets
  if (first === undefined || secrets.length < LEAST) return undefined
  const common = (first.Tags ?? []).flatMap(({ Key, Value }): [string, string][] => {
    if (Key === undefined || Value === undefined || Key.startsWith('aws:')) return []
    const usable = Key !== '' && !(Key in {}) && !tagProblem(Key, 'key') && !tagProblem(Value, 'value')
    const shared = rest.every(({ Tags = [] }) => Tags.some((tag) => tag.Key === Key && tag.Value === Value))
    return usable && shared ? [[Key, Value]] : []
  })
  const exact = (tags: [string, string][]) => {
    const chosen = { tags: Object.fromEntries(tags) }
    return tags.length > 0 && all.filter((entry) => selects(chosen, entry)).length === secrets.length
  }
  // What all of them together do not tell apart, none does.
  if (!exact(common)) return undefined
  const pairs = common.flatMap((tag, index) => common.slice(index + 1).map((other) => [tag, other]))
  const few = [...common.map((tag) => [tag]), ...pairs].find(exact)
  const best = few ?? (common.length <= MOST_TAGS ? common : undefined)
  return best && Object.fromEntries(best)
}
