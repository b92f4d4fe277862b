import { GetCalendarStateCommand, GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { createChangeCalendarReader } from '../../../src/aws/change-calendars.ts'
import { calendarClosed } from '../../../src/rotation/gate.ts'
import { clientConfig, localAws } from '../fixture.ts'

const [FROM, TO] = [Date.parse('2026-12-24T18:00:00Z'), Date.parse('2027-01-02T06:00:00Z')]
const ARN = 'arn:aws:ssm:eu-central-1:000000000000:document/year-end'

async function calendars() {
  const aws = await localAws({ now: () => FROM - 1_000 })
  aws.changeCalendars.set('year-end', { type: 'DEFAULT_OPEN', events: [{ from: FROM, to: TO }] })
  aws.changeCalendars.set('weekend', { type: 'DEFAULT_CLOSED', events: [{ from: 0, to: FROM + 3_600_000 }] })
  const client = new SSMClient(clientConfig(aws))
  return { aws, client, ask: createChangeCalendarReader(async () => client) }
}

describe('GetCalendarState over HTTP', () => {
  it('answers about now, or a time, with the next change', async () => {
    const { client } = await calendars()
    expect(await client.send(new GetCalendarStateCommand({ CalendarNames: ['year-end'] }))).toMatchObject({
      State: 'OPEN',
      AtTime: '2026-12-24T17:59:59Z',
      NextTransitionTime: '2026-12-24T18:00:00Z',
    })
    const AtTime = '2026-12-24T19:00:00+01:00'
    const asked = new GetCalendarStateCommand({ CalendarNames: [ARN], AtTime })
    expect(await client.send(asked)).toMatchObject({
      State: 'CLOSED',
      NextTransitionTime: '2027-01-02T06:00:00Z',
    })
  })

  it('refuses what it does not know', async () => {
    const { client } = await calendars()
    await expect(client.send(new GetParameterCommand({ Name: 'a' }))).rejects.toThrow(
      'does not know the action GetParameter',
    )
  })
})

describe('asking Change Calendars', () => {
  it('is open only where all are; what is closed says until when', async () => {
    const { ask } = await calendars()
    const both = ['year-end', 'weekend']
    expect(await ask(both, FROM - 1_000)).toEqual({ state: 'OPEN', next: '2026-12-24T18:00:00Z' })
    expect(calendarClosed(both, await ask(both, FROM))).toEqual({
      reason: 'CALENDAR_CLOSED',
      message: 'of year-end, weekend at least one is CLOSED, and AWS names no end',
    })
    expect(calendarClosed(['year-end'], await ask(['year-end'], FROM))?.message).toBe(
      'Change Calendar year-end is CLOSED, until 2027-01-02T06:00:00Z',
    )
  })

  it.each([
    ['a name that is none', undefined, /"gone"|gone.*InvalidDocument.*What to do: correct `changeCalendars`/],
    ['a missing permission', 'AccessDeniedException', /AccessDeniedException.*What to do: deploy again/],
    ['another kind of document', 'InvalidDocumentType', /What to do: .*ChangeCalendar/],
  ])('refuses with AWS’s words and a remedy: %s', async (_, code, words) => {
    const { aws, ask } = await calendars()
    if (code) aws.faults.push({ service: 'ssm', action: '*', times: 1, kind: 'error', code })
    expect(await ask([code ? 'year-end' : 'gone'], FROM)).toMatchObject({
      refusal: { reason: 'CALENDAR_UNREADABLE', message: expect.stringMatching(words) },
    })
  })

  it.each(['throttle', 'error', 'lost-response'] as const)(
    'rejects where a later try may help: %s',
    async (kind) => {
      const { aws, ask } = await calendars()
      aws.faults.push({ service: 'ssm', action: 'GetCalendarState', times: 1, kind })
      await expect(ask(['year-end'], FROM)).rejects.toThrow()
      expect(await ask(['year-end'], FROM)).toMatchObject({ state: 'CLOSED' })
    },
  )
})
