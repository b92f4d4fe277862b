import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { type OnDemandRequest, rotationIdsOf, waveOf } from '../../src/rotation/wave-request.ts'

const ARN = (name: string, account = '123456789012', region = 'eu-west-1') =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-Ab12Cd`

const loaded = parseConfig(
  'config/test.yml',
  `defaults: { timezone: UTC }
accounts: { '111122223333': {} }
schedules:
  named: { when: cron(0 3 * * ? *), secrets: [app/named, app/orders-config] }
  whole: { when: cron(0 4 * * ? *), secrets: ['${ARN('app/whole')}'] }
  there: { when: cron(0 5 * * ? *), account: '111122223333', region: us-east-1, secrets: [app/there] }
`,
)
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
const { config } = loaded

function asked(request: Partial<OnDemandRequest>) {
  try {
    const wave = waveOf({ requestId: 'r', scheduledAt: '2026-12-01T03:00:00.000Z', ...request }, config)
    return 'secrets' in wave
      ? { secrets: wave.secrets, place: wave.place?.account, ids: rotationIdsOf(wave) }
      : undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('a secret that is asked for', () => {
  it.each([
    ['by the name that the config has', ['app/named'], ['app/named']],
    ['by the ARN, where the config has the name', [ARN('app/named')], [ARN('app/named')]],
    ['by the name, where the config has the ARN', ['app/whole'], [ARN('app/whole')]],
    ['twice, by name and by ARN, once', ['app/whole', ARN('app/whole')], [ARN('app/whole')]],
    ['in another account, by name', ['app/there'], ['app/there']],
    [
      'in another account, by ARN',
      [ARN('app/there', '111122223333', 'us-east-1')],
      [ARN('app/there', '111122223333', 'us-east-1')],
    ],
    // Not one of prod/orders: whatever AWS would make of it, the config has the name.
    ['with a name that ends as ARNs do', ['app/orders-config'], ['app/orders-config']],
  ])('%s', (_, secrets, expected) => {
    expect(asked({ secrets })).toMatchObject({ secrets: expected })
  })

  it('has one id, however it is written', () => {
    const [one, two] = [asked({ secrets: ['app/whole'] }), asked({ secrets: [ARN('app/whole')] })]
    expect(one).toEqual(two)
  })

  it('is where its schedule says', () => {
    expect(asked({ secrets: [ARN('app/there', '111122223333', 'us-east-1')] })).toMatchObject({
      place: '111122223333',
    })
  })

  it.each([
    [
      'an ARN of another account than its schedule’s',
      [ARN('app/there', '999988887777', 'us-east-1')],
      /is in no schedule/,
    ],
    ['another ARN than the config has', [ARN('app/whole', '999988887777')], /is in no schedule/],
    [
      'an ARN cut short',
      ['arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/orders-config'],
      /ends in "-config".*write the secret’s name: app\/orders-config/,
    ],
    ['what is in no schedule', ['app/none'], /"app\/none" is in no schedule/],
    ['one of two that have one name', [ARN('app/x', '999988887777'), ARN('app/x')], /have one name/],
  ])('%s is refused', (_, secrets, expected) => {
    expect(asked({ secrets })).toMatch(expected)
  })

  it('beside a schedule is one of its own', () => {
    expect(asked({ schedule: 'whole', secrets: ['app/whole'] })).toMatchObject({
      secrets: [ARN('app/whole')],
    })
    expect(asked({ schedule: 'whole', secrets: ['app/named'] })).toMatch(/is not in schedule whole/)
  })
})
