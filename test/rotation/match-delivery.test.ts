import { describe, expect, it } from 'vitest'
import { OURS, RUNTIME } from '../../src/calendar/zone-difference.ts'
import { memoryDeliveries, memoryWaves } from '../../src/rehearse/world/stores.ts'
import { matchDelivery, occasionOf } from '../../src/rotation/match-delivery.ts'
import type { Wave } from '../../src/rotation/wave.ts'
import { inlineSteps } from '../../src/steps/inline.ts'
import { entry } from '../schedules/entry.ts'

const AT = Date.parse('2026-11-29T03:00:00Z')
const iso = (instant: number) => new Date(instant).toISOString()
const inZone = (timezone: string) => ({ ...entry({ when: 'cron(0 3 * * ? *)', timezone }), name: 'nightly' })
const UTC: Wave = {
  ...{ name: 'nightly', scheduledAt: iso(AT), occasion: iso(AT), trigger: 'SCHEDULE', secrets: ['a'] },
  ...{ windowSeconds: 600, timeoutSeconds: 300, concurrency: 1, schedule: inZone('UTC') },
}
const TOKYO: Wave = { ...UTC, schedule: inZone('Asia/Tokyo') }
const LOCAL = 'nightly#Asia/Tokyo#2026-11-29T12:00:00'

/** What comes of a wave that is delivered `ms` after its instant, and what was done about it. */
async function matched(wave: Wave, { ms = 0, waves = memoryWaves() } = {}) {
  const [deliveries, waits, log] = [memoryDeliveries(), [] as number[], [] as string[]]
  const steps = inlineSteps({ pause: async (seconds) => void waits.push(seconds) })
  const ports = { deliveries, waves, now: () => AT + ms, log: (message: string) => void log.push(message) }
  const due = await matchDelivery(steps, wave, ports as never)
  return { due, waits, log, noted: deliveries.rows.get('nightly'), begun: await waves.begun(LOCAL) }
}
const is = (meaning: NonNullable<Wave['delivery']>['is']): Pick<Wave, 'delivery'> => ({
  delivery: { for: iso(AT - 1_800_000), is: meaning },
})

describe('a delivery that is due', () => {
  it('in UTC, or on demand, is the wave that was asked for', async () => {
    for (const wave of [UTC, { ...TOKYO, trigger: 'ON_DEMAND' as const }]) {
      const { due, noted, begun } = await matched(wave)
      expect(due).toBe(wave)
      expect([noted, begun]).toEqual([undefined, undefined])
    }
  })

  it('in another zone begins its local time, once, under the instant by which that was begun first', async () => {
    const waves = memoryWaves()
    expect(await matched(TOKYO, { waves })).toMatchObject({ due: { occasion: iso(AT) }, begun: iso(AT) })
    const other = memoryWaves()
    await other.begin(LOCAL, iso(AT - 3_600_000), iso(AT))
    expect(await matched(TOKYO, { waves: other })).toMatchObject({
      due: { occasion: iso(AT - 3_600_000), scheduledAt: iso(AT) },
    })
  })
})

describe('a delivery that is not simply due', () => {
  it('and is for nothing leaves no trace', async () => {
    expect(await matched({ ...UTC, ...is('NOTHING') })).toMatchObject({
      due: undefined,
      noted: undefined,
      log: [],
    })
  })

  it('and is unknown is noted, and nothing else', async () => {
    const { due, noted, log } = await matched({ ...TOKYO, ...is('UNKNOWN') }, { ms: 5_000 })
    expect(due).toBeUndefined()
    expect(noted).toEqual({
      ...{
        schedule: 'nightly',
        timezone: 'Asia/Tokyo',
        deliveredFor: iso(AT - 1_800_000),
        at: iso(AT + 5_000),
      },
      ...{ takenFor: 'UNKNOWN', zoneData: OURS.release, runtimeZoneData: RUNTIME.release },
    })
    expect(log).toEqual(['unknown delivery'])
  })

  it('is noted with the occurrence that it is taken for; what the audit catches up is not', async () => {
    const late = await matched({ ...UTC, ...is('LATE') })
    expect(late).toMatchObject({
      due: { occasion: iso(AT) },
      noted: { takenFor: 'LATE', occurrence: iso(AT) },
    })
    const caught = await matched({ ...UTC, ...is('LATE'), trigger: 'CATCH_UP' })
    expect(caught).toMatchObject({ due: { occasion: iso(AT) }, noted: undefined })
  })

  it.each([
    // It begins two minutes before its instant; a minute more is not worth a wait.
    ['an hour', -3_600_000, [3_480]],
    ['three minutes and a second', -181_000, [61]],
    ['three minutes', -180_000, []],
    ['less than a second more', -180_999, []],
    ['not at all', 0, []],
  ])('and is ahead by %s', async (_, ms, waits) => {
    expect((await matched({ ...UTC, ...is('AHEAD') }, { ms })).waits).toEqual(waits)
    expect((await matched(TOKYO, { ms })).waits).toEqual(waits)
  })
})

describe('the occasion of an occurrence', () => {
  it('is asked of nobody where no zone counts', async () => {
    const unread = {
      begun: () => Promise.reject(new Error('read')),
      get: () => Promise.reject(new Error('read')),
    }
    expect(await occasionOf(inZone('UTC'), iso(AT), unread)).toBe(iso(AT))
    const rate = { ...inZone('Asia/Tokyo'), when: 'rate(1 day)', start: iso(AT) }
    expect(await occasionOf(rate, iso(AT), unread)).toBe(iso(AT))
  })

  it('is that under which its local time was begun', async () => {
    const waves = memoryWaves()
    await waves.begin(LOCAL, iso(AT - 3_600_000), iso(AT))
    expect(await occasionOf(inZone('Asia/Tokyo'), iso(AT), waves)).toBe(iso(AT - 3_600_000))
  })

  it('is its own where nothing was begun', async () => {
    const waves = { begun: async () => undefined, get: () => Promise.reject(new Error('the data agree')) }
    expect(await occasionOf(inZone('Asia/Tokyo'), iso(AT), waves)).toBe(iso(AT))
  })
})
