import { describe, expect, it } from 'vitest'
import type { NotifiedFindings } from '../../src/ledger/notified-findings.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Event } from '../../src/notify/events.ts'
import type { Message } from '../../src/notify/message.ts'
import type { NotifierSettings } from '../../src/notify/notifier.ts'
import { createFindingsNotifier } from '../../src/notify/notify-findings.ts'
import type { Channel } from '../../src/notify/recipients.ts'
import { ALERTS, AT, configWith, failed, snsChannel } from './records.ts'

const HOUR = 3_600_000

function memoryNotified(): NotifiedFindings {
  const told = new Map<string, string>()
  return {
    notNotified: async (keys, since) => keys.filter((key) => !((told.get(key) ?? '') > since)),
    note: async (keys, at) => {
      for (const key of keys) told.set(key, at)
    },
  }
}

function audited(
  refuse: Partial<NotifierSettings['eventBus'] & Pick<Channel, 'send'>> = {},
  parts: { notifiedFindings?: NotifiedFindings } = {},
) {
  const clock = { now: Date.parse(AT) }
  const events: Event[] = []
  const texts: (Message & { topic: string })[] = []
  const lines: { message: string; fields: Record<string, unknown> }[] = []
  const record = failed('prod/orders/db', {
    status: 'MISSED',
    reason: 'NOT_DELIVERED',
    events: [{ at: AT, status: 'MISSED', reason: 'NOT_DELIVERED' }],
  })
  const notifyFindings = createFindingsNotifier({
    config: configWith({ on: ['missed', 'overdue'] }),
    region: 'eu-west-1',
    eventBus: { putEvents: refuse.putEvents ?? (async (put) => void events.push(...put)) },
    channels: [snsChannel(refuse.send ?? (async (topic, message) => void texts.push({ topic, ...message })))],
    ledger: { get: async (id) => (id === record.rotationId ? record : undefined) },
    notifiedFindings: memoryNotified(),
    now: () => clock.now,
    log: (message, fields) => void lines.push({ message, fields }),
    ...parts,
  })
  const missed: Finding = {
    kind: 'MISSED',
    key: 'm',
    schedule: 'month-end',
    secret: 'prod/orders/db',
    rotationId: record.rotationId,
    message: 'm',
  }
  return { clock, events, texts, lines, notifyFindings, missed }
}

const overdue: Finding = {
  kind: 'OVERDUE',
  key: 'o',
  schedule: 'month-end',
  secret: 'prod/old',
  message: 'old',
}

describe('what an audit finds', () => {
  it('is one text a topic, an event each, and the missed rotation’s own', async () => {
    const { notifyFindings, events, texts, lines, missed } = audited()
    await notifyFindings([
      missed,
      overdue,
      { kind: 'CAUGHT_UP', key: 'c', schedule: 'month-end', message: 'c' },
    ])
    expect(texts).toMatchObject([{ topic: ALERTS, subject: '[prod] Audit: 1 missed, 1 overdue' }])
    expect(events.map(({ detailType, detail }) => [detailType, detail.kind ?? detail.status])).toEqual([
      ['Rotation Missed', 'MISSED'],
      ['Audit Finding', 'MISSED'],
      ['Audit Finding', 'OVERDUE'],
      ['Audit Finding', 'CAUGHT_UP'],
    ])
    expect(lines).toMatchObject([
      { message: 'measured', fields: { Schedule: 'month-end', Missed: 1, Overdue: 1 } },
    ])
  })

  it('is told once a day while it stays, and measured every time', async () => {
    const { notifyFindings, clock, texts, lines } = audited()
    for (let run = 0; run <= 24; run++, clock.now += HOUR) await notifyFindings([overdue])
    expect(texts).toHaveLength(2)
    expect(lines).toHaveLength(25)
  })

  it('that could not be told is told by the next audit that finds it, and fails none', async () => {
    const outage = { is: true }
    const sent: string[] = []
    const { notifyFindings, lines } = audited({
      send: async (_, { subject }) => {
        if (outage.is) throw new Error('no route to SNS')
        sent.push(subject)
      },
    })
    await notifyFindings([overdue])
    outage.is = false
    await notifyFindings([overdue])
    await notifyFindings([overdue])
    expect(sent).toEqual(['[prod] Audit: 1 overdue'])
    expect(lines.map(({ message }) => message)).toEqual([
      'measured',
      'could not announce',
      'measured',
      'measured',
    ])
  })

  it('does not fail the audit where the table cannot be read', async () => {
    const down = () => Promise.reject(new Error('no route to DynamoDB'))
    const { notifyFindings, lines } = audited({}, { notifiedFindings: { notNotified: down, note: down } })
    await notifyFindings([overdue])
    expect(lines.at(-1)).toMatchObject({ message: 'could not announce', fields: { what: 'findings' } })
  })

  it('in masses is put in batches, until one does not get through', async () => {
    const batches: number[] = []
    const { notifyFindings } = audited({
      putEvents: async (events) => {
        batches.push(events.length)
        if (batches.length === 3) throw new Error('no answer in 3 s')
      },
    })
    await notifyFindings(Array.from({ length: 800 }, (_, n) => ({ ...overdue, key: `${n}` })))
    expect(batches).toEqual([50, 50, 50])
  })
})
