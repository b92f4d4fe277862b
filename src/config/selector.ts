/**
 * What a selector may hold. What ListSecrets would refuse is refused in the config: at 03:00 the refusal would come
 * before a single secret is known, and so leave none a record.
 * Source: Secrets Manager's API model, FiltersListType, FilterValueStringType, TagKeyType, TagValueType (botocore 1.43).
 */
export const MOST_FILTERS = 10

/** What is wrong with a tag's key, or with its value; undefined: nothing. A `!` in front would mean: not this one. */
export function tagProblem(
  text: string,
  what: 'key' | 'value',
): { message: string; hint: string } | undefined {
  const most = { key: 128, value: 256 }[what]
  const stranger = [...text].find(
    (character, index) => !ALLOWED.test(character) || (index === 0 && character === '!'),
  )
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  if (text.length > most) {
    return {
      message: `the ${what} "${shown}" has ${text.length} characters`,
      hint: `a tag’s ${what} has ${most} at most`,
    }
  }
  if (stranger === undefined) return undefined
  return {
    message: `the ${what} "${shown}" has "${stranger}", which ListSecrets cannot look for`,
    hint: 'letters A to Z, digits, spaces and _ . : / = + - @ ! (not first): give the secrets another tag to choose them by, or name them',
  }
}

const ALLOWED = /^[A-Za-z0-9 :_@/+=.!-]$/

/** The same for editors. */
export const TAG_KEY_PATTERN = '^(?!!)[A-Za-z0-9 :_@/+=.!-]{1,128}$'
export const TAG_VALUE_PATTERN = '^(?!!)[A-Za-z0-9 :_@/+=.!-]{0,256}$'
