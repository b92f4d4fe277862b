import { describe, expect, it } from 'vitest'
import { topicOf } from '../../src/aws/sns-channel.ts'
import type { Config, NotifyKind, NotifyRule } from '../../src/config/config.ts'
import { notifyKindOf } from '../../src/notify/findings-text.ts'
import { recipientsOf } from '../../src/notify/recipients.ts'
import { kindsOfWave } from '../../src/notify/wave-text.ts'
import { ALERTS, configWith, failed, rotation, snsChannel, waveOf } from './records.ts'

const ONCALL = 'arn:aws:sns:eu-west-1:111122223333:ops-oncall'
const OTHER = 'arn:aws:sns:us-east-1:444455556666:audit'

const topicsOf = (
  schedule: string | undefined,
  kinds: NotifyKind[],
  config: Config,
  alertTopic: string | undefined,
) => {
  const channels = [{ ...snsChannel(), addressOf: (rule: NotifyRule) => topicOf(rule, alertTopic) }]
  return recipientsOf(schedule, kinds, { config, channels }).map(({ address }) => address)
}

describe('who is notified', () => {
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
    expect(topicsOf('month-end', kinds, configWith(rule), ALERTS)).toEqual(topic === undefined ? [] : [topic])
  })

  it('of what belongs to no schedule: the stage’s topic, by default', () => {
    expect(topicsOf(undefined, ['missed'], configWith({ on: [] }), ALERTS)).toEqual([ALERTS])
    expect(topicsOf('on-demand', ['failure'], configWith({ on: [] }), ALERTS)).toEqual([ALERTS])
  })

  it('nobody, where there is no topic: but an ARN is one', () => {
    expect(topicsOf('month-end', ['failure'], configWith(), undefined)).toEqual([])
    expect(topicsOf('month-end', ['failure'], configWith({ sns: 'ops-oncall' }), undefined)).toEqual([])
    expect(topicsOf('month-end', ['failure'], configWith({ sns: OTHER }), undefined)).toEqual([OTHER])
  })
})

it('people are notified of a wave as of all that it holds', () => {
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
  expect(notifyKindOf({ ...finding, kind: 'NOT_AUDITED', schedule: 's' })).toBeUndefined()
  expect(notifyKindOf({ ...finding, kind: 'NOT_AUDITED' })).toBe('missed')
  expect(notifyKindOf({ ...finding, kind: 'CAUGHT_UP', schedule: 's' })).toBeUndefined()
  expect(notifyKindOf({ ...finding, kind: 'LOST_RUN', schedule: 's' })).toBe('failure')
})
