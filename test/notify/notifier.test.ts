import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/notify/events.ts'
import type { Message } from '../../src/notify/message.ts'
import { createNotifier, type NotifierSettings } from '../../src/notify/notifier.ts'
import type { Channel } from '../../src/notify/recipients.ts'
import { withinTimeBudget } from '../../src/notify/time-budget.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { approval, configWith, snsChannel } from './records.ts'

const HOUR = 3_600_000
const ALERTS = 'arn:aws:sns:eu-west-1:111122223333:tourbillon-test-alerts'

/** What may refuse. */
type Outlets = { putEvents: NotifierSettings['eventBus']['putEvents']; send: Channel['send'] }

/** What goes out of a simulated stage, by the real notifier. */
function announced(options: StageOptions = {}, refuse: Partial<Outlets> = {}) {
  const events: Event[] = []
  const texts: (Message & { topic: string })[] = []
  const lines: { message: string; fields: Record<string, unknown> }[] = []
  const { putEvents, send }: Outlets = {
    putEvents: async (put) => void events.push(...put),
    send: async (topic, message) => void texts.push({ topic, ...message }),
    ...refuse,
  }
  const parts: { notifierSettings?: NotifierSettings } = {}
  const stage = simulatedStage({
    ...options,
    notify: (news: Notification) =>
      parts.notifierSettings ? createNotifier(parts.notifierSettings)(news) : Promise.resolve(),
  })
  parts.notifierSettings = {
    config: stage.config,
    region: 'eu-west-1',
    eventBus: { putEvents },
    channels: [snsChannel(send, ALERTS)],
    now: stage.clock.now,
    log: (message, fields) => void lines.push({ message, fields }),
  }
  return { stage, events, texts, lines }
}

const deletes = (stage: ReturnType<typeof simulatedStage>, secret: string) =>
  stage.aws.act('DeleteSecret', { SecretId: secret })
const fleet = Array.from({ length: 90 }, (_, n) => `fleet/${n}`)

describe('a wave', () => {
  it('is an event for each transition, and no text where all is well', async () => {
    const { stage, events, texts, lines } = announced()
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(events.map(({ detailType }) => detailType)).toEqual([
      'Rotation Claimed',
      'Rotation Rotating',
      'Rotation Succeeded',
      'Wave Ended',
    ])
    expect(texts).toEqual([])
    expect(lines).toMatchObject([
      { message: 'measured', fields: { Schedule: 'nightly', Succeeded: 1, Skew: expect.any(Number) } },
    ])
    expect(lines[0]?.fields._aws).toEqual({
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'Tourbillon/test',
          Dimensions: [['Schedule']],
          Metrics: [
            { Name: 'Succeeded', Unit: 'Count' },
            { Name: 'Skew', Unit: 'Milliseconds' },
            { Name: 'Duration', Unit: 'Milliseconds' },
          ],
        },
      ],
    })
  })

  it('of ninety secrets over three executions is one text, when it ends', async () => {
    const { stage, events, texts } = announced({ schedule: { secrets: fleet, concurrency: 80 } })
    for (const secret of fleet.slice(30, 60)) deletes(stage, secret)
    const ended = stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(await ended).toMatchObject({ outcomes: { SUCCEEDED: 60, FAILED: 30 }, rotations: [] })
    expect(texts).toMatchObject([
      { topic: ALERTS, subject: '[test] FAILED: nightly, 30 failed, 60 succeeded of 90' },
    ])
    expect(texts[0]?.text).toContain('FAILED SECRET_DELETED\nWhy: The secret is scheduled for deletion.')
    expect(texts[0]?.text.match(/ {2}fleet\//g)).toHaveLength(10)
    expect(texts[0]?.text).toContain('and 20 more: npx aws-tourbillon history')
    const count = (type: string) => events.filter(({ detailType }) => detailType === type).length
    expect([count('Rotation Failed'), count('Rotation Succeeded'), count('Wave Ended')]).toEqual([30, 60, 1])
  })

  it('delivered three times is told once', async () => {
    const { stage, events, texts } = announced()
    deletes(stage, 'orders')
    for (let times = 0; times < 3; times++) void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(texts).toHaveLength(1)
    expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length)
  })

  it('that crashes anywhere is told at least once, each time by the same id', async () => {
    for (let point = 0, asked = 1; point < asked; point++) {
      const { stage, events, texts } = announced()
      deletes(stage, 'orders')
      asked = 0
      void stage.deliver(undefined, { crash: () => asked++ === point })
      await stage.clock.runUntil(INSTANT + HOUR)
      const where = `crash at point ${point}`
      expect(new Set(events.map(({ detail }) => detail.id)).size, where).toBe(3)
      expect(events.length, where).toBeLessThanOrEqual(3 + 2)
      expect(new Set(texts.map(({ id }) => id)).size, where).toBe(1)
      expect(texts.length, where).toBeLessThanOrEqual(2)
    }
  })

  it('that a schedule tells to others is told there, and only what they asked for', async () => {
    const { stage, texts } = announced({ schedule: { notify: { on: ['success'], sns: 'team' } } })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(texts).toMatchObject([
      { topic: 'arn:aws:sns:eu-west-1:111122223333:team', subject: '[test] SUCCEEDED: orders (nightly)' },
    ])
  })
})

describe('an announcement that fails', () => {
  const refuse: Outlets = {
    putEvents: () => Promise.reject(new Error('no route to EventBridge')),
    send: () => Promise.reject(new Error('no route to SNS')),
  }

  it('changes no outcome, and is in the log', async () => {
    const outcomes = async (refused: Partial<Outlets>) => {
      const { stage, lines } = announced({ schedule: { secrets: ['a', 'b', 'c'] } }, refused)
      deletes(stage, 'b')
      const ended = stage.deliver()
      await stage.clock.runUntil(INSTANT + HOUR)
      const rows = [...stage.ledger.rows.values()].map(({ secretArn: _, ...row }) => row)
      return { rows, ended: await ended, failures: lines.filter(({ message }) => /announce/.test(message)) }
    }
    const [well, failing] = [await outcomes({}), await outcomes(refuse)]
    expect(failing.rows).toEqual(well.rows)
    expect(well.failures).toEqual([])
    expect(failing.failures.map(({ fields }) => fields)).toContainEqual({
      what: 'text',
      id: 'wave/nightly#2026-11-29T03:00:00.000Z',
      error: 'Error: no route to SNS',
    })
    expect(failing.failures).toHaveLength(2 + 1 + 2 + 1 + 1)
  })

  it('uses up no more than its share of an audit’s time', async () => {
    const clock = { now: 0 }
    const tried: string[] = []
    const lines: string[] = []
    const notify = withinTimeBudget(
      async ({ about }) => {
        tried.push(about)
        clock.now += 3_000
      },
      30_000,
      { now: () => clock.now, log: (message) => void lines.push(message) },
    )
    for (let n = 0; n < 1_000; n++) await notify({ about: 'approval', approval: approval() })
    expect([tried.length, clock.now]).toEqual([10, 30_000])
    expect(lines).toEqual(Array(990).fill('could not announce'))
  })

  it('does not hold up the call: what is told before RotateSecret waits until after it', async () => {
    const slow = { tellDelayMs: () => 3_000, schedule: { precision: 'second' as const } }
    const { stage } = announced(slow, refuse)
    void stage.deliver({
      schedule: 'nightly',
      scheduledAt: new Date(INSTANT - 120_000).toISOString(),
      leadSeconds: 120,
    })
    await stage.clock.runUntil(INSTANT + HOUR)
    expect([...stage.ledger.rows.values()]).toMatchObject([{ status: 'SUCCEEDED', skewMs: 0 }])
  })
})

describe('an approval', () => {
  const rule = { approval: { timeoutSeconds: 1_200 } }

  it('is asked for in a text, and decided in an event', async () => {
    const { stage, events, texts } = announced({ schedule: rule })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 60_000)
    expect(texts).toMatchObject([
      { topic: ALERTS, subject: expect.stringMatching(/^\[test\] Approve\? nightly, 1/) },
    ])
    await stage.answer({ status: 'APPROVED', by: 'ana@desk' })
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(events.map(({ detailType }) => detailType)).toEqual([
      'Approval Requested',
      'Rotation Claimed',
      'Rotation Rotating',
      'Rotation Succeeded',
      'Approval Decided',
      'Wave Ended',
    ])
    expect(events[4]?.detail).toMatchObject({ status: 'APPROVED', by: 'ana@desk' })
    expect(texts).toHaveLength(1)
  })

  it('that nobody gives is told to those who were asked', async () => {
    const { stage, events, texts } = announced({ schedule: rule })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + HOUR)
    expect(events.map(({ detail }) => detail.status)).toContain('EXPIRED')
    expect(texts[1]?.text).toContain('SKIPPED NOT_APPROVED')
  })

  it('decided is no text: a person who has answered knows', async () => {
    const texts: Message[] = []
    const notify = createNotifier({
      config: configWith(),
      region: 'eu-west-1',
      eventBus: { putEvents: async () => {} },
      channels: [snsChannel(async (_, message) => void texts.push(message))],
      now: () => INSTANT,
      log: () => {},
    })
    await notify({ about: 'approval', approval: approval({ status: 'REJECTED', by: 'ben' }) })
    expect(texts).toEqual([])
  })
  it('goes out with the owner of its schedule, to people and to programs', async () => {
    const [texts, events]: [Message[], Event[]] = [[], []]
    const [schedule] = configWith().schedules
    const notify = createNotifier({
      config: { ...configWith(), schedules: schedule ? [{ ...schedule, owner: 'payments' }] : [] },
      region: 'eu-west-1',
      eventBus: { putEvents: async (all) => void events.push(...all) },
      channels: [snsChannel(async (_, message) => void texts.push(message))],
      now: () => INSTANT,
      log: () => {},
    })
    await notify({ about: 'approval', approval: approval() })
    expect(texts.map(({ text }) => text)).toEqual([expect.stringContaining('\nOwner: payments\n')])
    expect(events.map(({ detail }) => detail.owner)).toEqual(['payments'])
  })
})
