/** Secrets by what they are: every condition must hold. */
type Selector = { tags?: Record<string, string>; prefix?: string }

/**
 * How a selector becomes filters of ListSecrets, and what those may hold. What ListSecrets would refuse is refused in the
 * config: at 03:00 the refusal would come before a single secret is known, and so leave none a record.
 * Source: Secrets Manager's API model, FiltersListType, FilterValueStringType, TagKeyType, TagValueType (botocore 1.43).
 */
export type SecretFilter = { Key: 'tag-key' | 'tag-value' | 'name'; Values: [string] }

export const MOST_FILTERS = 10

/** Filters match by the beginning of a key or value, and each on its own: they narrow down, the choice is made after. */
export function filtersOf({
  tags = {},
  prefix,
}: { [Name in keyof Selector]: Selector[Name] | undefined }): SecretFilter[] {
  const filters = Object.entries(tags).flatMap(([key, value]): SecretFilter[] => [
    { Key: 'tag-key', Values: [key] },
    ...(value === '' ? [] : [{ Key: 'tag-value' as const, Values: [value] as [string] }]),
  ])
  return prefix === undefined ? filters : [...filters, { Key: 'name', Values: [prefix] }]
}

/** Whether a selector chooses this secret: every condition holds. */
export function selects(
  { prefix = '', tags = {} }: Selector,
  {
    Name = '',
    Tags = [],
  }: {
    Name?: string | undefined
    Tags?: { Key?: string | undefined; Value?: string | undefined }[] | undefined
  },
): boolean {
  const tagged = ([key, value]: [string, string]) =>
    Tags.some((tag) => tag.Key === key && tag.Value === value)
  return Name.startsWith(prefix) && Object.entries(tags).every(tagged)
}

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
