import { describe, expect, it } from 'vitest'
import { compileConfig } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { type ConfigFile, configFile } from '../../src/config/schema.ts'
import { byHookKind } from '../../src/model/hooks.ts'

function compiled(text: string) {
  const loaded = parseConfig('config/prod.yml', text)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

const ENTRY = 'when: cron(0 3 ? * SUN *), secrets: [a]'

describe('a compiled config', () => {
  it('takes its stage from the file’s name', () => {
    expect(compiled('schedules: {}').stage).toBe('prod')
  })

  it('has our defaults where the file has none', () => {
    expect(compiled(`schedules: { one: { ${ENTRY}, timezone: UTC } }`).schedules).toEqual([
      {
        name: 'one',
        when: 'cron(0 3 ? * SUN *)',
        timezone: 'UTC',
        secrets: ['a'],
        windowSeconds: 1_800,
        timeoutSeconds: 900,
        precision: 'minute',
        concurrency: 10,
        before: [],
        after: [],
        enabled: true,
        ignoreFreezes: [],
      },
    ])
  })

  it('has the file’s defaults, and an entry’s own words above them', () => {
    const { schedules } = compiled(`
defaults: { timezone: Asia/Tokyo, window: 1h30m, timeout: 2m, precision: second, concurrency: 2 }
schedules:
  one: { ${ENTRY} }
  two: { ${ENTRY}, timezone: UTC, window: 5m, timeout: 90s, precision: minute, concurrency: 3, enabled: false }
`)
    expect(schedules[0]).toMatchObject({
      timezone: 'Asia/Tokyo',
      windowSeconds: 5_400,
      timeoutSeconds: 120,
      precision: 'second',
      concurrency: 2,
      enabled: true,
    })
    expect(schedules[1]).toMatchObject({
      timezone: 'UTC',
      windowSeconds: 300,
      timeoutSeconds: 90,
      precision: 'minute',
      concurrency: 3,
      enabled: false,
    })
  })

  it('has a version that follows the content, and nothing else', () => {
    const one = compiled(`schedules: { one: { ${ENTRY}, timezone: UTC } }`)
    const spelled = compiled(`# a comment\nschedules:\n  one: { timezone: 'UTC', window: 30m, ${ENTRY} }\n`)
    const other = compiled(`schedules: { one: { ${ENTRY}, timezone: UTC, window: 31m } }`)
    expect(one.version).toMatch(/^[0-9a-f]{12}$/)
    expect(spelled.version).toBe(one.version)
    expect(other.version).not.toBe(one.version)
  })

  it('awaits an approval until the window closes, or as long as the entry says', () => {
    const { schedules } = compiled(`
defaults: { timezone: UTC, window: 2h }
schedules:
  one: { ${ENTRY}, approval: {} }
  two: { ${ENTRY}, approval: { timeout: 20m } }
  three: { ${ENTRY} }
`)
    expect(schedules.map(({ approval }) => approval?.timeoutSeconds)).toEqual([7_200, 1_200, undefined])
  })

  it('tells ahead as the entry says, or else the defaults, longest first; an empty list is none', () => {
    const { schedules } = compiled(`
defaults: { timezone: UTC, notice: [24h] }
schedules:
  one: { ${ENTRY} }
  two: { ${ENTRY}, notice: [1h, 2d, 90m] }
  three: { ${ENTRY}, notice: [] }
`)
    const seconds = schedules.map(({ noticeSeconds }) => noticeSeconds)
    expect(seconds).toEqual([[86_400], [172_800, 5_400, 3_600], undefined])
  })
})

/** Of each key a value that is not its default: the shape's types want one for a new key, too. */
const VALUES: { [Key in keyof ConfigFile['schedules'][string]]-?: unknown } = {
  when: 'rate(1 day)',
  start: '2026-01-01T00:00:00Z',
  secrets: ['b'],
  account: '111122223333',
  region: 'eu-west-1',
  enabled: false,
  ignoreFreezes: [{ name: 'year-end', reason: 'agreed' }],
  approval: {},
  ...byHookKind(() => [{ invoke: 'hook' }]),
  waive: [{ rule: 'four-eyes', reason: 'agreed' }],
  acknowledge: [{ warning: 'unknown-region', reason: 'known' }],
  owner: 'payments platform',
  description: 'the orders database',
  runbook: 'https://wiki.example.com/orders',
  timezone: 'Asia/Tokyo',
  window: '1h',
  timeout: '1h',
  retries: 2,
  precision: 'second',
  objective: { skew: '1s' },
  concurrency: 2,
  maxErrors: 2,
  canary: 2,
  soak: '5m',
  pauseAfter: 3,
  strategy: 'alternating',
  consumers: [{ ecs: 'shop/orders' }],
  adoption: { within: '24h' },
  maxAge: '30d',
  onMissed: 'report',
  notify: { on: ['success'] },
  notice: ['24h'],
  changeCalendars: ['company-freeze'],
}

describe('what a file says reaches the compiled config', () => {
  const ENTRY = { when: 'cron(0 3 * * ? *)', secrets: ['a'] }
  const versionOf = (defaults: object, entry: object) =>
    compileConfig('prod', configFile.parse({ defaults, schedules: { one: { ...ENTRY, ...entry } } })).version
  const plain = versionOf({}, {})

  it.each(Object.entries(VALUES))('a schedule’s %s', (key, value) => {
    expect(versionOf({}, { [key]: value })).not.toBe(plain)
  })

  it.each(Object.keys(configFile.shape.defaults.unwrap().shape))('%s of the defaults', (key) => {
    expect(versionOf({ [key]: VALUES[key as keyof typeof VALUES] }, {})).not.toBe(plain)
  })
  it.each(['retries', 'pauseAfter'])('%s: 0 switches off what the defaults have', (key) => {
    expect(versionOf({ [key]: 2 }, { [key]: 0 })).toBe(plain)
  })
})
