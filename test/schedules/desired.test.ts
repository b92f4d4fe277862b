import { describe, expect, it } from 'vitest'
import { desiredSchedules, versionIn } from '../../src/schedules/desired.ts'
import { entry } from './entry.ts'

function desired(...schedules: ReturnType<typeof entry>[]) {
  return desiredSchedules({ stage: 'prod', version: '1a2b3c4d5e6f', freezes: [], schedules })
}

describe('the schedules of a config', () => {
  it('are one for an entry of minute precision', () => {
    expect(desired(entry({ secrets: ['a', 'b'], timezone: 'Asia/Tokyo' }))).toEqual([
      {
        name: 'orders-db',
        description: 'Tourbillon prod: 2 secrets, config 1a2b3c4d5e6f',
        expression: 'cron(0 3 ? * SUN *)',
        timezone: 'Asia/Tokyo',
        enabled: true,
        input: '{"schedule":"orders-db","scheduledAt":"<aws.scheduler.scheduled-time>"}',
        maximumEventAgeSeconds: 1_800,
      },
    ])
  })

  it('are two for an entry of second precision: the companion leads by two minutes, and gives up at the instant', () => {
    expect(desired(entry({ precision: 'second' }))[1]).toEqual({
      name: '_early.orders-db',
      description: 'Tourbillon prod: 1 secret, config 1a2b3c4d5e6f',
      expression: 'cron(58 2 ? * SUN *)',
      timezone: 'UTC',
      enabled: true,
      input: '{"schedule":"orders-db","scheduledAt":"<aws.scheduler.scheduled-time>","leadSeconds":120}',
      maximumEventAgeSeconds: 120,
    })
  })

  it('keep to Scheduler’s names, however long the entry’s own', () => {
    const names = desired(
      entry({ name: 'x'.repeat(56), when: 'cron(0,30 0,12 1 * ? *)', precision: 'second' }),
    ).map(({ name }) => name)
    expect(names).toHaveLength(4)
    expect(new Set(names).size).toBe(4)
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z_.-]{1,64}$/)
  })

  it('keep the event’s age within what AWS takes', () => {
    expect(desired(entry({ windowSeconds: 60 }))[0]?.maximumEventAgeSeconds).toBe(60)
    expect(desired(entry({ windowSeconds: 86_400 }))[0]?.maximumEventAgeSeconds).toBe(86_400)
  })

  it('name their owner, within what AWS takes, and are known as ours whatever it is called', () => {
    const owned = (owner: string) => desired(entry({ owner }))[0]?.description ?? ''
    expect(owned('payments platform')).toBe(
      'Tourbillon prod: 1 secret, owner payments platform, config 1a2b3c4d5e6f',
    )
    for (const owner of ['x, config abcdef', 'a: b', 'x'.repeat(100)]) {
      expect(versionIn(owned(owner))).toBe('1a2b3c4d5e6f')
      expect(owned(owner).length).toBeLessThan(512)
    }
  })

  it('say whose they are', () => {
    expect(versionIn(desired(entry())[0]?.description)).toBe('1a2b3c4d5e6f')
    expect(versionIn('rotates the orders database')).toBeUndefined()
    expect(versionIn(undefined)).toBeUndefined()
    expect(versionIn('Was: Tourbillon prod: 1 secret, config 1a2b3c4d5e6f')).toBeUndefined()
    expect(versionIn('Tourbillon prod: 1 secret, config 1a2b3c4d5e6f, by hand')).toBeUndefined()
  })
})
