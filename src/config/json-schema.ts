import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { timezoneNames } from '../calendar/timezone.ts'
import { configReference } from './reference.ts'
import { configFile } from './schema.ts'
import { timezone } from './values.ts'

/** The config's shape as JSON Schema, for editors: completion, and what they can check while one types. */
export function configJsonSchema(): object {
  const zones = [...timezoneNames()].sort()
  const { $schema, ...schema } = z.toJSONSchema(configFile, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === timezone) jsonSchema.enum = zones
    },
  })
  return { title: 'Tourbillon configuration of one stage', $schema, ...schema }
}

// `npm run schema`
if (import.meta.main) {
  writeFileSync('config/schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
  writeFileSync('docs/config.md', configReference(configJsonSchema()))
}
