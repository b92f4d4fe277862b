import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load.ts'
import { configReference } from '../../src/config/reference.ts'
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

  it('docs/config.md is what the schema says: npm run schema', () => {
    expect(readFileSync('docs/config.md', 'utf8')).toBe(configReference(configJsonSchema()))
  })

  it('every example of the schema is one', () => {
    const { $defs, ...root } = JSON.parse(readFileSync('config/schema.json', 'utf8'))
    const wrong: unknown[] = []
    let seen = 0
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return
      if ('examples' in node && Array.isArray(node.examples) && !path.endsWith('.properties')) {
        const fits = new Ajv2020({ strict: false }).compile({ ...node, $defs })
        for (const example of node.examples) {
          seen++
          if (!fits(example)) wrong.push([path, example])
        }
      }
      for (const [key, value] of Object.entries(node)) walk(value, `${path}.${key}`)
    }
    walk(root, '')
    expect(wrong).toEqual([])
    expect(seen).toBeGreaterThan(40)
  })
})
