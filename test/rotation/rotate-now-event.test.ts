import { describe, expect, it } from 'vitest'
import { parseRotateNow } from '../../src/rotation/rotate-now-event.ts'

const refused = (event: unknown) => {
  try {
    parseRotateNow(event)
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

describe('what rotateNow is sent', () => {
  it('is taken as it is meant, its instant read', () => {
    const event = {
      secrets: ['a'],
      reason: 'CHG-1',
      override: 'incident 7',
      requestId: 'CHG-1',
      dryRun: true,
    }
    expect(parseRotateNow({ ...event, at: '2026-12-01T03:00+09:00' })).toEqual({
      ...event,
      at: Date.parse('2026-11-30T18:00:00Z'),
    })
    expect(parseRotateNow({ schedule: 'nightly' })).toEqual({
      schedule: 'nightly',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it.each([
    ...[null, false, '', ' ', '\t\n', ' ', '--', 0, {}].map((override) => ['override', override]),
    ...[null, false, '', ' ', '...'].map((reason) => ['reason', reason]),
    ['requester', null],
    ...[null, '', 'a b', 'a/b', 'x'.repeat(51), 7].map((requestId) => ['requestId', requestId]),
    ...['app', null, [], [''], ['a', null], [['a']], ['a\nSUCCEEDED'], ['\u001b[31ma'], ['a', 'b c']].map(
      (secrets) => ['secrets', secrets],
    ),
    ...['arn:aws:iam::123456789012:role/x', 'a\u202eb', 'ａ', 'x'.repeat(513)].map((it) => ['secrets', [it]]),
    ...['false', null, 0].map((dryRun) => ['dryRun', dryRun]),
    ...['tomorrow', '12/01/2026', '2026-11-31T03:00:00Z', '2026-12-01T03:00', 'garbage', null, 0].map(
      (at) => ['at', at],
    ),
    ['schedule', ''],
    ['reason', 'x'.repeat(450_000)],
    ['reason', 'x'.repeat(2_001)],
    ['owner', 'ana'],
  ])('is refused with %s %j, by name', (key, value) => {
    const message = refused({ schedule: 'nightly', [key as string]: value })
    expect(message).toContain(key === 'reason' && String(value).length > 200_000 ? 'KB' : key)
    expect(message.length).toBeLessThan(400)
  })

  it.each([[null], [undefined], ['nightly'], [7], [['nightly']]])('is refused where it is %j', (event) => {
    expect(refused(event)).toMatch(/an object is expected/)
  })
})
