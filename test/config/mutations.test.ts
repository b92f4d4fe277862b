import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isScalar, parseDocument, visit } from 'yaml'
import { parseConfig } from '../../src/config/load.ts'
import { tries } from '../deep.ts'

const VALID = `# A file with everything in it.
defaults:
  timezone: Europe/Paris
  window: 30m
  timeout: 15m
  precision: second
  concurrency: 5
freezes:
  - { name: year-end, from: 2026-12-25, to: 2027-01-04, timezone: Asia/Tokyo, reason: change freeze }
  - name: inventory
    from: 2026-06-30T18:00
    to: 2026-07-01
    yearly: true
schedules:
  nightly:
    when: "cron(0 3 * * ? *)"
    secrets: [prod/orders/db, 'prod/billing/db']
    ignoreFreezes: [{ name: year-end, reason: agreed }]
  half-daily:
    when: rate(12 hours)
    start: 2026-01-01T00:00:00Z
    timezone: UTC
    enabled: false
    secrets:
      - arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/partner-a1B2c3
`

/** Loads a text; whatever is wrong with it has a place inside it. Fails where the loader throws. */
function problemsOf(text: string) {
  const loaded = parseConfig('config/test.yml', text)
  const problems = loaded.ok ? [] : loaded.errors
  const lines = text.split('\n')
  for (const { line, column, message, path } of problems) {
    expect(line, `${path}: ${message}`).toBeGreaterThanOrEqual(1)
    expect(line, `${path}: ${message}`).toBeLessThanOrEqual(lines.length)
    expect(column, `${path}: ${message}`).toBeGreaterThanOrEqual(1)
    expect(column, `${path}: ${message}`).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
  }
  if (!loaded.ok) expect(problems.length).toBeGreaterThan(0)
  return problems
}

/** Every node of the document, to change one of them. */
const NODES = (() => {
  let count = 0
  visit(parseDocument(VALID), { Node: () => void count++ })
  return count
})()

function changed(index: number, change: (key: 'key' | number | null, parent: unknown) => unknown): string {
  const document = parseDocument(VALID)
  let at = -1
  visit(document, {
    Node(key, _node, ancestors) {
      at++
      if (at !== index) return undefined
      return change(key as 'key' | number | null, ancestors.at(-1)) as symbol
    },
  })
  return String(document)
}

const anyScalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(
    null,
    '',
    'cron(',
    'cron(0 3 * * ? *)',
    '2026-02-30',
    '__proto__',
    '9999-12-31',
    '~',
    'UTC',
  ),
)
const anyValue = fc.oneof(anyScalar, fc.array(anyScalar), fc.dictionary(fc.string(), anyScalar))

describe('a valid config, changed anywhere', () => {
  it('is valid unchanged', () => {
    expect(problemsOf(VALID)).toEqual([])
  })

  it('is never a crash when a node is replaced by anything', () => {
    fc.assert(
      fc.property(fc.nat(NODES - 1), anyValue, (index, value) => {
        problemsOf(changed(index, () => parseDocument(JSON.stringify(value) ?? 'null').contents))
      }),
      { numRuns: tries(400), seed: 1 },
    )
  })

  it('is never a crash when a node is taken out, and says so when it was needed', () => {
    for (let index = 1; index < NODES; index++) problemsOf(changed(index, () => visit.REMOVE))
  })

  it('names every key that is misspelled', () => {
    const keys: string[] = []
    visit(parseDocument(VALID), {
      Pair: (_, { key }) => void (isScalar(key) && keys.push(String(key.value))),
    })
    const free = new Set(['nightly', 'half-daily'])
    expect(keys.length).toBeGreaterThan(20)
    for (const [index, key] of keys.entries()) {
      if (free.has(key)) continue
      let at = -1
      const document = parseDocument(VALID)
      visit(document, {
        Pair(_, pair) {
          at++
          if (at === index && isScalar(pair.key)) pair.key.value = `${key}x`
        },
      })
      const messages = problemsOf(String(document)).map(({ message, hint }) => `${message} ${hint}`)
      expect(messages, key).toContain(`unknown key "${key}x" did you mean "${key}"?`)
    }
  })

  it('is never a crash when the text is cut or scrambled', () => {
    const edit = fc.record({ at: fc.nat(VALID.length), cut: fc.nat(30), put: fc.string({ maxLength: 8 }) })
    fc.assert(
      fc.property(edit, ({ at, cut, put }) => {
        problemsOf(VALID.slice(0, at) + put + VALID.slice(at + cut))
      }),
      { numRuns: tries(600), seed: 2 },
    )
  })
})
