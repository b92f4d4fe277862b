import { describe, expect, it } from 'vitest'
import type { LiveSchedule } from '../../src/aws/schedules.ts'
import { desiredSchedules } from '../../src/schedules/desired.ts'
import { plan } from '../../src/schedules/plan.ts'
import { entry } from './entry.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const ACCOUNT = 'eu-central-1:123456789012'
const destination = { target: 'tourbillon-prod-rotate:live', deadLetterQueue: 'tourbillon-prod-dead-letters' }

function configOf(version: string, ...schedules: ReturnType<typeof entry>[]) {
  return { stage: 'prod', version, freezes: [], schedules }
}

/** What stands after a faithful deploy of the config. */
function deployed(config: ReturnType<typeof configOf>): LiveSchedule[] {
  return desiredSchedules(config).map(({ maximumEventAgeSeconds, ...schedule }) => ({
    ...schedule,
    maximumEventAgeSeconds,
    maximumRetryAttempts: 185,
    targetArn: `arn:aws:lambda:${ACCOUNT}:function:tourbillon-prod-rotate:live`,
    deadLetterArn: `arn:aws:sqs:${ACCOUNT}:tourbillon-prod-dead-letters`,
    flexible: false,
    actionAfterCompletion: 'NONE',
  }))
}

function planOf(config: ReturnType<typeof configOf>, live: LiveSchedule[], now = NOW) {
  return plan({ desired: desiredSchedules(config), live, version: config.version, destination, now })
}

const OLD = configOf('aaaaaaaaaaaa', entry(), entry({ name: 'billing-db', when: 'cron(0 4 * * ? *)' }))

describe('plan', () => {
  it('creates everything where nothing stands', () => {
    expect(planOf(OLD, [])).toEqual([
      { kind: 'create', name: 'billing-db', drift: false },
      { kind: 'create', name: 'orders-db', drift: false },
    ])
  })

  it('changes nothing after a deploy, companions and all', () => {
    const config = configOf(
      'aaaaaaaaaaaa',
      entry({ precision: 'second' }),
      entry({ name: 'off', enabled: false }),
      entry({ name: 'odd', when: 'rate(5 hours)', start: '2026-01-01T00:00:00Z' }),
      entry({ name: 'to-come', when: 'rate(1 hour)', start: '2027-01-01T00:00:00Z' }),
    )
    const kinds = planOf(config, deployed(config)).map(({ kind, name }) => `${kind} ${name}`)
    expect(kinds).toEqual([
      'unchanged _early.orders-db',
      'unchanged odd',
      'unchanged off',
      'unchanged orders-db',
      'unchanged to-come',
    ])
  })

  it('lets a rate’s start pass, and a StartDate of an earlier release', () => {
    const config = configOf(
      'aaaaaaaaaaaa',
      entry({ name: 'odd', when: 'rate(5 hours)', start: '2026-01-01T00:00:00Z' }),
      entry({ name: 'to-come', when: 'rate(1 hour)', start: '2027-01-01T00:00:00Z' }),
    )
    const later = Date.parse('2027-03-01T00:00:00Z')
    const live = deployed(config).map((it) => ({ ...it, startDate: '2027-01-01T00:00:00.000Z' }))
    expect(planOf(config, live, later).map(({ kind }) => kind)).toEqual(['unchanged', 'unchanged'])
  })

  it('plans an update field by field, a deletion, a creation and leaves foreign ones alone', () => {
    const next = configOf(
      'bbbbbbbbbbbb',
      entry({ when: 'cron(30 3 ? * SUN *)', timezone: 'Asia/Tokyo', windowSeconds: 600, enabled: false }),
      entry({ name: 'new-db' }),
    )
    const [first, ...rest] = deployed(OLD)
    const foreign = { ...first, name: 'by-hand', description: 'a test' } as LiveSchedule
    expect(planOf(next, [...(first ? [first] : []), ...rest, foreign])).toEqual([
      { kind: 'delete', name: 'billing-db' },
      { kind: 'foreign', name: 'by-hand' },
      { kind: 'create', name: 'new-db', drift: false },
      {
        kind: 'update',
        name: 'orders-db',
        drift: false,
        fields: [
          { field: 'expression', live: 'cron(0 3 ? * SUN *)', desired: 'cron(30 3 ? * SUN *)' },
          { field: 'timezone', live: 'UTC', desired: 'Asia/Tokyo' },
          { field: 'state', live: 'ENABLED', desired: 'DISABLED' },
          { field: 'maximumEventAgeSeconds', live: '1800', desired: '600' },
        ],
      },
    ])
  })

  it('does not count a new config version alone as a change', () => {
    expect(planOf({ ...OLD, version: 'bbbbbbbbbbbb' }, deployed(OLD)).map(({ kind }) => kind)).toEqual([
      'unchanged',
      'unchanged',
    ])
  })

  it.each<[string, Partial<LiveSchedule>, string]>([
    ['a target that is no function', { targetArn: `arn:aws:sqs:${ACCOUNT}:function` }, 'target'],
    ['another time', { expression: 'cron(0 5 ? * SUN *)' }, 'expression'],
    ['switched off', { enabled: false }, 'state'],
    ['another input', { input: '{}' }, 'input'],
    ['another target', { targetArn: `arn:aws:lambda:${ACCOUNT}:function:other:live` }, 'target'],
    [
      'an unqualified target',
      { targetArn: `arn:aws:lambda:${ACCOUNT}:function:tourbillon-prod-rotate` },
      'target',
    ],
    ['an end', { endDate: '2027-01-01T00:00:00.000Z' }, 'endDate'],
    ['a start to come', { startDate: '2027-01-01T00:00:00.000Z' }, 'startDate'],
    ['a flexible window', { flexible: true }, 'flexibleTimeWindow'],
    ['deletion after it fired', { actionAfterCompletion: 'DELETE' }, 'actionAfterCompletion'],
    ['fewer retries', { maximumRetryAttempts: 0 }, 'maximumRetryAttempts'],
    ['another queue', { deadLetterArn: `arn:aws:sqs:${ACCOUNT}:other` }, 'deadLetterQueue'],
    ['a description of somebody’s own', { description: 'hands off' }, 'description'],
  ])('calls it drift where nothing but a hand can have made the difference: %s', (_, edit, field) => {
    const live = deployed(OLD).map((it) => (it.name === 'orders-db' ? { ...it, ...edit } : it))
    expect(planOf(OLD, live)).toEqual([
      { kind: 'unchanged', name: 'billing-db' },
      { kind: 'update', name: 'orders-db', drift: true, fields: [expect.objectContaining({ field })] },
    ])
  })

  it.each<[string, Partial<LiveSchedule>, { live: string; desired: string }]>([
    [
      'a function by its name and alias',
      { targetArn: `arn:aws:lambda:${ACCOUNT}:function:other:live` },
      { live: 'other:live', desired: 'tourbillon-prod-rotate:live' },
    ],
    [
      'what is no function as it is',
      { targetArn: `arn:aws:sqs:${ACCOUNT}:x` },
      { live: `arn:aws:sqs:${ACCOUNT}:x`, desired: 'tourbillon-prod-rotate:live' },
    ],
    [
      'a queue by its name',
      { deadLetterArn: `arn:aws:sqs:${ACCOUNT}:other` },
      { live: 'other', desired: 'tourbillon-prod-dead-letters' },
    ],
    [
      'an empty description as none',
      { description: '' },
      { live: '(none)', desired: 'Tourbillon prod: 1 secret, config aaaaaaaaaaaa' },
    ],
    [
      'a date that should not be there',
      { endDate: '2027-01-01T00:00:00.000Z' },
      { live: '2027-01-01T00:00:00.000Z', desired: '(none)' },
    ],
  ])('shows %s', (_, edit, shown) => {
    const live = deployed(OLD).map((it) => (it.name === 'orders-db' ? { ...it, ...edit } : it))
    expect(planOf(OLD, live)).toContainEqual(
      expect.objectContaining({ fields: [expect.objectContaining(shown)] }),
    )
  })

  it.each<[string, number, string, string]>([
    ['in a millisecond keeps it from firing', NOW + 1, 'cron(0 3 ? * SUN *)', 'update'],
    ['at this very instant has come', NOW, 'cron(0 3 ? * SUN *)', 'unchanged'],
    ['of an at(), which fires once, says nothing', NOW + 1, 'at(2027-01-31T03:00:00)', 'unchanged'],
  ])('a StartDate %s', (_, start, when, kind) => {
    const config = configOf('aaaaaaaaaaaa', entry({ when }))
    const live = deployed(config).map((it) => ({ ...it, startDate: new Date(start).toISOString() }))
    expect(planOf(config, live).map((it) => it.kind)).toEqual([kind])
  })

  it('sees an UpdateSchedule that left optional fields out: AWS puts their defaults back', () => {
    const live = deployed(OLD).map((it) => {
      if (it.name !== 'orders-db') return it
      const { description: _, deadLetterArn: __, ...bare } = it
      return { ...bare, maximumEventAgeSeconds: 86_400 }
    })
    const [, update] = planOf(OLD, live)
    expect(update).toMatchObject({ kind: 'update', drift: true })
    expect(update?.kind === 'update' && update.fields.map(({ field }) => field)).toEqual([
      'deadLetterQueue',
      'maximumEventAgeSeconds',
      'description',
    ])
  })

  it('calls a schedule of the deployed config that is gone drift', () => {
    const live = deployed(OLD).filter(({ name }) => name !== 'orders-db')
    expect(planOf(OLD, live)).toContainEqual({ kind: 'create', name: 'orders-db', drift: true })
  })
})
