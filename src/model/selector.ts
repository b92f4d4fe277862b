/** Secrets by what they are: every condition must hold. */
export type Selector = {
  /** Exactly these values of these tags. */
  tags?: Record<string, string>
  /** How their names begin. */
  prefix?: string
}

/** A filter of ListSecrets. */
type SecretFilter = { Key: 'tag-key' | 'tag-value' | 'name'; Values: [string] }

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

/** A selector in words, for messages. */
export function formatSelector({ tags = {}, prefix }: Selector): string {
  const tagged = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
  return [
    ...(tagged.length > 0 ? [`the tags ${tagged.join(', ')}`] : []),
    ...(prefix === undefined ? [] : [`the prefix ${prefix}`]),
  ].join(' and ')
}
