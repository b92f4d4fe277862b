import { stringify } from 'yaml'
import { z } from 'zod'
import type { Path } from './positions.ts'
import { configFile } from './schema.ts'
import { secretList, selector } from './secrets-schema.ts'

/** The keys that a map at this path may have. */
export function keysAt(path: Path): string[] {
  const found = schemaAt(path)
  // Of the two kinds of `secrets`, only a choice has keys.
  const schema = found instanceof z.ZodUnion ? selector : found
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** What belongs at this path, and an example. */
export function meaningAt(path: Path): string {
  const { description = '', examples = [] } = z.globalRegistry.get(schemaAt(path)) ?? {}
  const [example] = examples as unknown[]
  if (example === undefined) return description
  return `${description}, such as ${typeof example === 'string' ? pasteable(example) : JSON.stringify(example)}`
}

/** As it can stand in the file, within { } too: in quotes where a comma or a # would end it, or digits would be a number. */
function pasteable(example: string): string {
  return stringify([example], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 })
    .trim()
    .slice(1, -1)
}

function schemaAt(path: Path): z.core.$ZodType {
  return path.reduce<z.core.$ZodType>((schema, part) => {
    if (schema instanceof z.ZodObject) return inner(schema.shape[part])
    if (schema instanceof z.ZodRecord) return inner(schema.valueType)
    if (schema instanceof z.ZodUnion) {
      // Of `secrets`: a list is walked by numbers, a choice by names.
      const option = typeof part === 'number' ? secretList.element : selector.shape[part as 'tags' | 'prefix']
      return option === undefined ? schema : inner(option)
    }
    return schema instanceof z.ZodArray ? inner(schema.element) : schema
  }, configFile)
}

/** The schema that carries the description, without what makes it optional or transforms it. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  const wraps = [z.ZodOptional, z.ZodDefault, z.ZodPrefault].find((kind) => schema instanceof kind)
  if (wraps) return inner((schema as z.ZodOptional).unwrap())
  return schema instanceof z.ZodPipe ? inner(schema.in) : schema
}
