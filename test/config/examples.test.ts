import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load.ts'
import { warningsOf } from '../../src/config/warnings/warnings.ts'

describe('config/', () => {
  it.each(['dev', 'prod', 'local'])('%s.yml is valid, and surprises nobody', async (stage) => {
    const loaded = await loadConfig(`config/${stage}.yml`)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
    expect(loaded.config.stage).toBe(stage)
    expect(warningsOf(loaded.config, Date.parse('2026-11-24T00:00:00Z'))).toEqual([])
  })

  it('schema.json is what the schema says: npm run schema', () => {
    expect(JSON.parse(readFileSync('config/schema.json', 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(configJsonSchema())),
    )
  })
})
