import { describe, expect, it } from 'vitest'
import { topicOf } from '../../src/aws/sns-channel.ts'
import type { Config, NotifyKind, NotifyRule } from '../../src/config/config.ts'
import { REASONS } from '../../src/model/reasons.ts'
import { notifyKindOf } from '../../src/notify/findings-text.ts'
import { recipientsOf } from '../../src/notify/recipients.ts'
import { kindsOfWave, waveText } from '../../src/notify/wave-text.ts'
import { endOfOne, sumEnds } from '../../src/rotation/wave-end.ts'
import { ALERTS, configWith, failed, ORIGIN, rotation, snsChannel, waveOf } from './records.ts'

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
    'approval',
    'skipped',
    'success',
  ])
  expect(kindsOfWave(waveOf([rotation({ status: 'SKIPPED', reason: 'FROZEN' })]))).toEqual(['skipped'])
  const unread = rotation({ status: 'SKIPPED', reason: 'GATE_UNREADABLE' })
  expect(kindsOfWave(waveOf([unread]))).toEqual(['failure', 'skipped'])
  const late = rotation({ concerns: ['STARTED_LATE'] })
  expect(kindsOfWave(waveOf([late]))).toEqual(['failure', 'success'])
})

describe('of what was skipped', () => {
  const skipped = (reason: string | undefined, secretName = 'a') =>
    rotation({ status: 'SKIPPED', secretName, ...(reason !== undefined && { reason }) })

  it.each([
    ['FROZEN', []],
    ['HELD', []],
    ['SKIPPED_ONCE', []],
    ['CALENDAR_CLOSED', []],
    ['VETOED', []],
    ['DISABLED', []],
    ['NOT_APPROVED', ['approval']],
    ['PAUSED', []],
    ['WINDOW_CLOSED', ['missed']],
    ['GATE_UNREADABLE', ['failure']],
    ['CANARY_NOT_VERIFIED', ['failure']],
    ['WAVE_STOPPED', ['failure']],
    // Nobody is known to have wanted it.
    ['OF_ANOTHER_RELEASE', ['missed']],
    [undefined, ['missed']],
  ])('%s: besides `skipped`, %j', (reason, kinds) => {
    expect(new Set(kindsOfWave(waveOf([skipped(reason)])))).toEqual(new Set([...kinds, 'skipped']))
  })

  it('every reason is in the table above', () => {
    const known = Object.values(REASONS).filter(({ status }) => status === 'SKIPPED')
    expect(known).toHaveLength(12)
  })

  it.each([
    ['HELD', 'WINDOW_CLOSED', 'missed'],
    ['HELD', 'GATE_UNREADABLE', 'failure'],
    ['WINDOW_CLOSED', 'NOT_APPROVED', 'approval'],
  ])('thousands are %s, one is %s: told as %s, and why is in the text', (many, one, kind) => {
    const all = [...Array.from({ length: 4_000 }, (_, it) => skipped(many, `s/${it}`)), skipped(one, 'z')]
    const end = sumEnds(all.map((it) => endOfOne({ rotation: it, duplicate: false })))
    const wave = { ...waveOf([]), secrets: all.length, ...end }
    expect(kindsOfWave(wave)).toContain(kind)
    expect(waveText(wave, 'UTC', ORIGIN).text).toContain(`SKIPPED ${one}\nWhy: `)
    expect(end.notable).toHaveLength(20)
  })

  it('is told as it is where as many failed as a text holds', () => {
    const all = [...Array.from({ length: 50 }, (_, it) => failed(`s/${it}`)), skipped('WINDOW_CLOSED', 'z')]
    const end = sumEnds(all.map((it) => endOfOne({ rotation: it, duplicate: false })))
    const wave = { ...waveOf([]), secrets: all.length, ...end }
    expect(kindsOfWave(wave)).toEqual(['failure', 'missed', 'skipped'])
    expect(waveText(wave, 'UTC', ORIGIN).text).toMatch(/^FAILED: month-end, 50 failed, 1 skipped of 51/)
  })
})

it('a finding that somebody has caused by a deploy, or that is being made good, wakes nobody', () => {
  const finding = { key: 'k', message: 'm' }
  expect(notifyKindOf({ ...finding, kind: 'NOT_AUDITED', schedule: 's' })).toBeUndefined()
  expect(notifyKindOf({ ...finding, kind: 'NOT_AUDITED' })).toBe('missed')
  expect(notifyKindOf({ ...finding, kind: 'CAUGHT_UP', schedule: 's' })).toBeUndefined()
  expect(notifyKindOf({ ...finding, kind: 'LOST_RUN', schedule: 's' })).toBe('failure')
})
