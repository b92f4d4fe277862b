import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it } from 'vitest'
import { readInstant } from '../../src/calendar/instant.ts'
import { ZONES } from './zones.ts'

const read = (text: unknown, zone?: string) => {
  const answer = readInstant(text, zone)
  return 'at' in answer ? new Date(answer.at).toISOString() : `${answer.problem}: ${answer.hint}`
}

describe('readInstant', () => {
  it.each([
    ['2026-12-01T03:00:00Z', undefined, '2026-12-01T03:00:00.000Z'],
    ['2026-12-01T03:00Z', undefined, '2026-12-01T03:00:00.000Z'],
    ['2026-12-01T03:00:00.25+09:00', undefined, '2026-11-30T18:00:00.250Z'],
    ['2026-12-01T03:00:00.123456789-12:00', undefined, '2026-12-01T15:00:00.123Z'],
    ['2026-12-01T03:00', 'Asia/Tokyo', '2026-11-30T18:00:00.000Z'],
    ['2026-12-01T03:00:30', 'Asia/Tokyo', '2026-11-30T18:00:30.000Z'],
    ['2026-12-01', 'Asia/Tokyo', '2026-11-30T15:00:00.000Z'],
    // The text's own offset counts, whatever the zone.
    ['2026-12-01T03:00+01:00', 'Asia/Tokyo', '2026-12-01T02:00:00.000Z'],
    ['2028-02-29T00:00Z', undefined, '2028-02-29T00:00:00.000Z'],
  ])('%s in %s', (text, zone, expected) => {
    expect(read(text, zone)).toBe(expected)
  })

  it.each([
    ['2026-11-31T03:00Z', /no date of the calendar/],
    ['2026-02-30', /no date of the calendar/],
    ['2027-02-29T00:00Z', /no date of the calendar/],
    ['2026-13-01T00:00Z', /no date of the calendar/],
    ['2026-12-01T24:00Z', /no time of day/],
    ['2026-12-01T03:60Z', /no time of day/],
    ['2026-12-01T03:00:60Z', /no time of day/],
    ['2026-12-01T03:00+15:00', /the offset \+15:00, which no clock has/],
    ['2026-12-01T03:00-13:00', /the offset -13:00/],
    ['2026-12-01T03:00+09:60', /the offset/],
    ['0026-12-01T03:00Z', /out of range/],
    ['12026-12-01T03:00Z', /is no instant/],
    ['12/01/2026', /is no instant: write 2026-12-01T03:00:00Z/],
    ['1 December 2026', /is no instant/],
    ['2026-12-01 03:00Z', /is no instant/],
    ['2026-12-01T03:00+0900', /is no instant/],
    ['2026-12-01T03Z', /is no instant/],
    ['2026-12-01T03:00.5Z', /is no instant/],
    ['2026-12-01T03:00:00Z ', /is no instant/],
    ['2026-12-01T03:00:00Z\n', /is no instant/],
    ['٢٠٢٦-12-01T03:00Z', /is no instant/],
    ['', /is no instant/],
    ['0', /is no instant/],
    [1_790_000_000_000, /is no text/],
    [null, /is no text/],
    [undefined, /is no text/],
    ['2026-12-01T03:00', /does not say by whose clock: add the offset: 2026-12-01T03:00Z/],
    ['2026-12-01', /does not say by whose clock: add the offset: 2026-12-01T00:00Z/],
  ])('refuses %j', (text, expected) => {
    expect(read(text)).toMatch(expected)
  })

  it('refuses a local time that the clocks skip or repeat, and names both that may be meant', () => {
    expect(read('2026-03-29T02:30', 'Europe/Berlin')).toBe(
      'is skipped by the clocks of Europe/Berlin: write 2026-03-29T03:30:00+02:00 or 2026-03-29T01:30:00+01:00',
    )
    expect(read('2026-10-25T02:30', 'Europe/Berlin')).toBe(
      'comes twice by the clocks of Europe/Berlin: write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00',
    )
    // A whole day that there was not.
    expect(read('2011-12-30', 'Pacific/Apia')).toMatch(/^is skipped/)
    expect(read('2011-12-31', 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z')
    // Midnight skipped.
    expect(read('2026-04-24', 'Africa/Cairo')).toMatch(/^is skipped/)
  })

  const zone = fc.constantFrom(...ZONES.map(({ name }) => name), 'UTC')
  const near = fc.date({
    min: new Date('1975-01-01T00:00:00Z'),
    max: new Date('2045-01-01T00:00:00Z'),
    noInvalidDate: true,
  })

  it('reads in a zone what Temporal reads, and refuses just what Temporal calls ambiguous', () => {
    fc.assert(
      fc.property(near, zone, (date, timezone) => {
        const text = date.toISOString().slice(0, 19)
        const instants = (disambiguation: 'earlier' | 'later') =>
          Temporal.PlainDateTime.from(text).toZonedDateTime(timezone, { disambiguation }).epochMilliseconds
        const [earlier, later] = [instants('earlier'), instants('later')]
        const answer = readInstant(text, timezone)
        if (earlier === later) expect(answer).toEqual({ at: earlier, zone: timezone })
        else expect(answer).toMatchObject({ problem: expect.stringMatching(/is skipped|comes twice/) })
      }),
      { numRuns: 2_000 },
    )
  })

  it('reads around every change of a clock what Temporal reads', () => {
    const minutes = fc.integer({ min: -26 * 60, max: 26 * 60 })
    fc.assert(
      fc.property(near, minutes, zone, (from, minute, timezone) => {
        const change = Temporal.Instant.fromEpochMilliseconds(from.getTime())
          .toZonedDateTimeISO(timezone)
          .getTimeZoneTransition('next')
        if (change === null) return
        const local = change.toPlainDateTime().add({ minutes: minute })
        const text = local.toString({ smallestUnit: 'second' })
        const [earlier, later] = (['earlier', 'later'] as const).map(
          (disambiguation) => local.toZonedDateTime(timezone, { disambiguation }).epochMilliseconds,
        )
        const answer = readInstant(text, timezone)
        if (earlier === later) expect(answer).toEqual({ at: earlier, zone: timezone })
        else expect(answer).toHaveProperty('hint')
      }),
      { numRuns: 1_000 },
    )
  })

  it('reads with an offset what Temporal reads', () => {
    const offset = fc.integer({ min: -12 * 60, max: 14 * 60 }).map((minutes) => {
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
      return `${minutes < 0 ? '-' : '+'}${`${hours}`.padStart(2, '0')}:${`${rest}`.padStart(2, '0')}`
    })
    fc.assert(
      fc.property(near, offset, (date, text) => {
        const written = `${date.toISOString().slice(0, -1)}${text}`
        expect(readInstant(written)).toEqual({ at: Temporal.Instant.from(written).epochMilliseconds })
      }),
      { numRuns: 1_000 },
    )
  })

  it('never throws, and takes no text that Temporal refuses', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`))
    const almost = fc
      .tuple(digits(4), digits(2), digits(2), digits(2), digits(2), digits(2))
      .map(([y, mo, d, h, mi, s]) => `${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const answer = readInstant(text)
        if ('at' in answer) expect(Temporal.Instant.from(text).epochMilliseconds).toBe(answer.at)
      }),
      { numRuns: 5_000 },
    )
  })
})
