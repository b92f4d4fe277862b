import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { DEMO, demoOf } from '../../src/demo/demo.ts'

function configOf(yaml: string) {
  const loaded = parseConfig('config/local.yml', yaml)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

const CONFIG = configOf(`
defaults: { timezone: Asia/Tokyo }
freezes:
  - { name: christmas, from: 2026-12-24, to: 2026-12-27 }
  - { name: spring, from: 2027-04-01, to: 2027-04-02 }
schedules:
  far:
    when: rate(1 day)
    start: 2026-01-01T00:00:00Z
    secrets: [arn:aws:secretsmanager:eu-west-1:123456789012:secret:far-a1B2c3]
  near: { when: cron(0 3 * * ? *), secrets: [near/one, near/two], enabled: false }
`)
const FAR = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:far-a1B2c3'
const ELSEWHERE = configOf(`
defaults: { timezone: Asia/Tokyo }
accounts: { '111122223333': {} }
schedules:
  far: { when: cron(0 3 * * ? *), secrets: [${FAR}] }
  region: { when: cron(0 3 * * ? *), secrets: [near], region: us-east-1 }
  team: { when: cron(0 3 * * ? *), secrets: { prefix: team/, tags: { app: x } }, account: '111122223333' }
  tagged: { when: cron(0 3 * * ? *), secrets: { tags: { app: y } } }
`)
const INSTANT = Date.parse('2026-12-24T23:59:59Z')

describe('the demo’s config', () => {
  const demo = demoOf(CONFIG, INSTANT)

  it('has one more schedule, at the instant, of the first secret that can be created here', () => {
    expect(demo.told).toEqual(['near/one', 'near/two'])
    expect(demo.config.schedules.slice(0, -1)).toEqual(CONFIG.schedules)
    expect(demo.config.schedules.at(-1)).toMatchObject({
      ...{ name: DEMO, when: 'at(2026-12-25T08:59:59)', timezone: 'Asia/Tokyo' },
      ...{ secrets: ['near/one'], precision: 'second', enabled: true },
    })
  })

  it('rotates at Christmas too: what it adds passes the freeze in force, and nothing else does, also while it serves', () => {
    expect(demo.setAside).toEqual(['christmas'])
    expect(demo.config.freezes).toEqual(CONFIG.freezes)
    const passed = demo.config.schedules.map(({ ignoreFreezes }) => ignoreFreezes.map(({ name }) => name))
    expect(passed).toEqual([...CONFIG.schedules.map(() => []), ['christmas']])
    expect(demoOf(CONFIG, INSTANT + 40 * 86_400_000).setAside).toEqual([])
  })

  it('creates every secret where the config has it, and one for each selector', () => {
    const { config, secrets, told } = demoOf(ELSEWHERE, INSTANT)
    expect(secrets).toEqual([
      { name: 'far', account: '123456789012', region: 'eu-west-1', arn: FAR },
      { name: 'near', region: 'us-east-1' },
      { name: 'team/example', account: '111122223333', tags: { app: 'x' } },
      { name: 'tagged/example', tags: { app: 'y' } },
      { name: 'demo/orders/db' },
    ])
    expect(told).toEqual(['demo/orders/db', 'demo/orders/db'])
    expect(config.schedules.at(-1)).toMatchObject({ name: DEMO, secrets: ['demo/orders/db'] })
  })

  it('waits for nobody: what it adds asks for no go-ahead, whatever the config’s own do', () => {
    const asking = configOf(
      'schedules:\n  a: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [a], approval: {}, before: [{ invoke: check }] }\n',
    )
    const [own, added] = demoOf(asking, INSTANT).config.schedules
    expect(own).toHaveProperty('approval')
    expect(added).not.toHaveProperty('approval')
    // Two schedules of a secret must agree on its hooks.
    expect(added).toMatchObject({ before: [{ invoke: 'check' }] })
  })

  it('is of no file whose name AWS cannot hold', () => {
    expect(() => demoOf({ ...CONFIG, stage: 'my config' }, INSTANT)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('my config'),
        hint: expect.stringContaining('rename the file'),
      }),
    )
  })

  it('needs a schedule', () => {
    expect(() => demoOf({ ...CONFIG, schedules: [] }, INSTANT)).toThrow(/has no schedule to play/)
  })
})
