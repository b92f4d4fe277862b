/** A copy of plain data, all the way down: what `structuredClone` gives of it, in a fraction of the time. */
export function plainCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plainCopy) as T
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = plainCopy(value[key])
  return copy as T
}

/** What JSON makes of a value and gives back, without the text in between; `undefined` stays so. */
export function jsonCopy<T>(value: T): T {
  return copied(value) as T
}

function copied(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      throw new TypeError('JSON has no bigint')
    case 'object':
      return value === null ? null : copiedObject(value)
    default:
      return undefined
  }
}

function copiedObject(value: object): unknown {
  if (Array.isArray(value)) return value.map((it) => copied(it) ?? null)
  if ('toJSON' in value && typeof value.toJSON === 'function') return copied(value.toJSON())
  const copy: Record<string, unknown> = {}
  for (const key in value) {
    const one = copied((value as Record<string, unknown>)[key])
    if (one !== undefined) copy[key] = one
  }
  return copy
}
