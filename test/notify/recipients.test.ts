import { describe, expect, it } from 'vitest'
import type { NotifyKind, NotifyRule } from '../../src/config/config.ts'
import { heardAs } from '../../src/notify/findings-text.ts'
import { recipientOf } from '../../src/notify/recipients.ts'
import { kindsOfWave } from '../../src/notify/wave-text.ts'
import { configWith, failed, rotation, waveOf } from './records.ts'

const ALERTS = 'arn:aws:sns:eu-west-1:111122223333:tourbillon-prod-alerts'
const ONCALL = 'arn:aws:sns:eu-west-1:111122223333:ops-oncall'
const OTHER = 'arn:aws:sns:us-east-1:444455556666:audit'

describe('who hears', () => {
  it.each<[NotifyKind[], NotifyRule | undefined, string | undefined]>([
    [['failure'], undefined, ALERTS],
    [['missed'], undefined, ALERTS],
    [['approval'], undefined, ALERTS],
    [['success'], undefined, undefined],
    [['skipped'], undefined, undefined],
    [['overdue'], undefined, undefined],
    [['success', 'failure'], undefined, ALERTS],
    [['failure'], { on: [] }, undefined],
    [['failure'], { on: ['success'] }, undefined],
    [['success'], { on: ['success'] }, ALERTS],
    [['failure'], { sns: 'ops-oncall' }, ONCALL],
    [['success'], { sns: 'ops-oncall' }, undefined],
    [['overdue'], { on: ['overdue'], sns: OTHER }, OTHER],
  ])('%j, where the schedule says %j: %s', (kinds, rule, topic) => {
    expect(recipientOf('month-end', kinds, configWith(rule), ALERTS)).toBe(topic)
  })

  it('of what belongs to no schedule: the stage’s topic, by default', () => {
    expect(recipientOf(undefined, ['missed'], configWith({ on: [] }), ALERTS)).toBe(ALERTS)
    expect(recipientOf('on-demand', ['failure'], configWith({ on: [] }), ALERTS)).toBe(ALERTS)
  })

  it('nobody, where there is no topic: but an ARN is one', () => {
    expect(recipientOf('month-end', ['failure'], configWith(), undefined)).toBeUndefined()
    expect(
      recipientOf('month-end', ['failure'], configWith({ sns: 'ops-oncall' }), undefined),
    ).toBeUndefined()
    expect(recipientOf('month-end', ['failure'], configWith({ sns: OTHER }), undefined)).toBe(OTHER)
  })
})

it('a wave is heard as all that it holds', () => {
  const skipped = rotation({ status: 'SKIPPED', reason: 'NOT_APPROVED' })
  expect(kindsOfWave(waveOf([failed('a'), rotation(), skipped]))).toEqual([
    'failure',
    'skipped',
    'success',
    'approval',
  ])
  expect(kindsOfWave(waveOf([rotation({ status: 'SKIPPED', reason: 'FROZEN' })]))).toEqual(['skipped'])
  const unread = rotation({ status: 'SKIPPED', reason: 'GATE_UNREADABLE' })
  expect(kindsOfWave(waveOf([unread]))).toEqual(['failure', 'skipped'])
  const late = rotation({ concerns: ['STARTED_LATE'] })
  expect(kindsOfWave(waveOf([late]))).toEqual(['failure', 'success'])
})

it('a finding that somebody has caused by a deploy, or that is being made good, wakes nobody', () => {
  const finding = { key: 'k', message: 'm' }
  expect(heardAs({ ...finding, kind: 'NOT_AUDITED', schedule: 's' })).toBeUndefined()
  expect(heardAs({ ...finding, kind: 'NOT_AUDITED' })).toBe('missed')
  expect(heardAs({ ...finding, kind: 'CAUGHT_UP', schedule: 's' })).toBeUndefined()
  expect(heardAs({ ...finding, kind: 'LOST_RUN', schedule: 's' })).toBe('failure')
})
