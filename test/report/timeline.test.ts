import { describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { timelineOf } from '../../src/report/timeline.ts'
import { aClaim } from '../ledger/table.ts'

const at = (time: string) => `2026-11-24T${time}Z`
const NOW = Date.parse(at('03:10:00.000'))
const rotation = (parts: Partial<Rotation>): Rotation => ({
  ...aClaim({ scheduledAt: at('03:00:00.000'), claimedAt: at('02:58:00.000') }),
  ...{ status: 'SUCCEEDED', events: [] },
  ...parts,
})
const told = (parts: Partial<Rotation>) =>
  timelineOf(rotation(parts), NOW).map(({ at, what, gapMs }) => [at.slice(11, 23), gapMs, what])

describe('a timeline', () => {
  it('is everything in the order of time, each with the gap to the one before', () => {
    const moments = told({
      startedAt: at('03:00:00.012'),
      rotatedAt: at('03:00:03.400'),
      events: [
        { at: at('02:58:00.000'), status: 'CLAIMED' },
        { at: at('03:00:00.012'), status: 'ROTATING' },
        { at: at('03:00:03.400'), status: 'SUCCEEDED' },
      ],
    })
    expect(moments).toEqual([
      ['02:58:00.000', undefined, 'CLAIMED, taken up by its execution'],
      ['03:00:00.000', 120_000, 'the scheduled instant'],
      ['03:00:00.012', 12, 'ROTATING, RotateSecret sent'],
      ['03:00:03.400', 3_388, 'the new version is AWSCURRENT'],
      ['03:00:03.400', 0, 'outcome SUCCEEDED'],
    ])
  })

  it('tells of every attempt', () => {
    const attempts: Rotation['attempts'] = [
      {
        sentAt: at('03:00:00.012'),
        endedAt: at('03:00:40.000'),
        reason: 'ROTATION_FUNCTION_FAILED',
        evidence: 'no',
      },
      { sentAt: at('03:01:40.100'), answer: 'pending', endedAt: at('03:01:45.000') },
    ]
    expect(told({ attempts }).map(([, , what]) => what)).toEqual([
      'the scheduled instant',
      'attempt 1 failed: ROTATION_FUNCTION_FAILED, no',
      'RotateSecret sent again, attempt 2: Secrets Manager attempts the pending version again',
    ])
  })

  it('keeps both outcomes of a late success', () => {
    const events: Rotation['events'] = [
      {
        at: at('03:15:00.000'),
        status: 'TIMED_OUT',
        reason: 'PENDING_VERSION_STUCK',
        message: 'still pending',
      },
      { at: at('04:00:00.000'), status: 'SUCCEEDED', message: 'finished by another' },
    ]
    expect(told({ events, late: true }).map(([, , what]) => what)).toEqual([
      'the scheduled instant',
      'outcome TIMED_OUT PENDING_VERSION_STUCK: still pending',
      'outcome SUCCEEDED: finished by another',
    ])
  })

  it('says that a start was not observed, who took over, and goes up to now where it is not over', () => {
    const events: Rotation['events'] = [
      { at: at('03:01:00.000'), status: 'CLAIMED', message: 'taken over from a' },
      { at: at('03:01:01.000'), status: 'ROTATING', message: 'found started' },
    ]
    expect(told({ status: 'ROTATING', events }).map(([, , what]) => what)).toEqual([
      'the scheduled instant',
      'CLAIMED: taken over from a',
      'ROTATING, RotateSecret had been sent: found started',
      'now: ROTATING still',
    ])
  })

  it('has no scheduled instant where others rotated the secret', () => {
    const events: Rotation['events'] = [
      { at: at('03:05:00.000'), status: 'SUCCEEDED', message: 'not by Tourbillon' },
    ]
    const external = { trigger: 'EXTERNAL', rotatedAt: at('03:04:00.000'), events } as const
    expect(told(external).map(([, , what]) => what)).toEqual([
      'the new version is AWSCURRENT',
      'outcome SUCCEEDED: not by Tourbillon',
    ])
  })
})
