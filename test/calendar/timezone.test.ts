import moment from 'moment-timezone'
import { describe, expect, it } from 'vitest'
import { isTimezone } from '../../src/calendar/timezone.ts'
import { ABBREVIATIONS, timezoneHint } from '../../src/calendar/timezone-hint.ts'

describe('isTimezone', () => {
  it.each([
    'UTC',
    'Asia/Tokyo',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'US/Eastern',
    'Europe/Kyiv',
    'Europe/Kiev',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Etc/GMT+5',
    'Etc/UTC',
    'GMT',
    'EST5EDT',
    'W-SU',
  ])('takes %s', (name) => {
    expect(isTimezone(name)).toBe(true)
    expect(() => new Intl.DateTimeFormat('en', { timeZone: name })).not.toThrow()
  })

  it.each([
    'utc',
    'asia/tokyo',
    'Asia/tokyo',
    'JST',
    'PST',
    '+09:00',
    'Z',
    '',
    ' UTC',
    'America/NewYork',
    'Mars/Olympus',
    'Factory',
    'us/eastern',
  ])('refuses %j', (name) => {
    expect(isTimezone(name)).toBe(false)
  })
})

describe('timezoneHint', () => {
  it.each([
    ['asia/tokyo', 'Asia/Tokyo'],
    ['Asia/Tokio', 'Asia/Tokyo'],
    ['Tokyo', 'Asia/Tokyo'],
    ['New York', 'America/New_York'],
    ['America/NewYork', 'America/New_York'],
    ['Europe/Londn', 'Europe/London'],
    ['Sao Paulo', 'America/Sao_Paulo'],
    ['Rome', 'Europe/Rome'],
    ['JST', 'Asia/Tokyo'],
    ['kst', 'Asia/Seoul'],
    ['MSK', 'Europe/Moscow'],
    ['CT', 'America/Chicago'],
    ['utc', 'UTC'],
    ['Z', 'UTC'],
    ['us/eastern', 'US/Eastern'],
  ])('%j: did you mean %s?', (name, expected) => {
    expect(timezoneHint(name)).toBe(`did you mean ${expected}?`)
  })

  it.each([
    ['BST', 'write Europe/London (UTC and UTC+01:00) or Asia/Dhaka (UTC+06:00)'],
    ['AEST', 'write Australia/Sydney (UTC+11:00 and UTC+10:00) or Australia/Brisbane (UTC+10:00)'],
    [
      'IST',
      'write Asia/Kolkata (UTC+05:30), Asia/Jerusalem (UTC+02:00 and UTC+03:00) or Europe/Dublin (UTC and UTC+01:00)',
    ],
  ])('%s stands for several, and all are named', (name, expected) => {
    expect(timezoneHint(name)).toBe(`it stands for several: ${expected}`)
  })

  it.each([
    ['+09:00', 'an offset is no place: for UTC+09:00 all year write Asia/Tokyo or Asia/Seoul'],
    ['UTC+9', 'an offset is no place: for UTC+09:00 all year write Asia/Tokyo or Asia/Seoul'],
    ['+05:30', 'an offset is no place: for UTC+05:30 all year write Asia/Kolkata'],
    ['-5', 'an offset is no place: for UTC-05:00 all year write America/Bogota or America/Panama'],
  ])('%s: %s', (name, expected) => {
    expect(timezoneHint(name)).toBe(expected)
  })

  it.each(['+19:00', 'Mars/Olympus', '', 'XYZ', 'FOO', 'ABST', 'EEE'])('does not guess at %j', (name) => {
    expect(timezoneHint(name)).toBe('use an IANA name such as Europe/Paris, Asia/Tokyo or UTC')
  })

  it('proposes zones that are taken', () => {
    const offsets = Array.from({ length: 27 * 4 }, (_, quarter) => quarter * 15 - 13 * 60).map(
      (minutes) =>
        `${minutes < 0 ? '-' : '+'}${`${Math.floor(Math.abs(minutes) / 60)}`.padStart(2, '0')}:${`${Math.abs(minutes) % 60}`.padStart(2, '0')}`,
    )
    for (const name of [...Object.keys(ABBREVIATIONS), ...offsets, 'Tokio', 'Pari', 'Berlim'])
      for (const [zone] of timezoneHint(name).matchAll(/\b[A-Z]\w+(?:\/\w+)+|\bUTC\b(?![+-])(?= or|,|$)/g))
        expect(isTimezone(zone), `${name}: ${zone}`).toBe(true)
  })

  it('gives an abbreviation the zones that IANA gives it', () => {
    // Where IANA writes a number, or nothing at all, people still write these.
    const unwritten = [
      'BRT',
      'BST Asia/Dhaka',
      'AST Asia/Riyadh',
      'GST Asia/Dubai',
      'ICT',
      'SGT',
      'SST Asia/Singapore',
    ]
    const generic = ['CT', 'ET', 'MT', 'PT', 'LOCAL', 'Z']
    for (const [abbreviation, zones] of Object.entries(ABBREVIATIONS))
      for (const zone of zones) {
        if ([...unwritten, ...generic].some((it) => `${abbreviation} ${zone}`.startsWith(it))) continue
        expect(moment.tz.zone(zone)?.abbrs, `${abbreviation} ${zone}`).toContain(abbreviation)
      }
  })
})
