import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configFile } from './schema.ts'

/** The config's shape as JSON Schema, for editors: completion, and what they can check while one types. */
export function configJsonSchema(): object {
  return { title: 'Tourbillon configuration of one stage', ...z.toJSONSchema(configFile, { io: 'input' }) }
}

// `npm run schema`
if (import.meta.main) writeFileSync('config/schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
