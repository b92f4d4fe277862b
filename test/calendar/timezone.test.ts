import { describe, expect, it } from 'vitest'
import { isTimezone, suggestTimezone } from '../../src/calendar/timezone.ts'

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

describe('suggestTimezone', () => {
  it.each([
    ['asia/tokyo', 'Asia/Tokyo'],
    ['Asia/Tokio', 'Asia/Tokyo'],
    ['Tokyo', 'Asia/Tokyo'],
    ['New York', 'America/New_York'],
    ['America/NewYork', 'America/New_York'],
    ['Europe/Londn', 'Europe/London'],
    ['Sao Paulo', 'America/Sao_Paulo'],
    ['JST', 'Asia/Tokyo'],
    ['PST', 'America/Los_Angeles'],
    ['utc', 'UTC'],
    ['Z', 'UTC'],
    ['us/eastern', 'US/Eastern'],
    ['+09:00', 'Etc/GMT-9'],
    ['-5', 'Etc/GMT+5'],
    ['UTC+9', 'Etc/GMT-9'],
    ['+05:30', undefined],
    ['+19:00', undefined],
    ['Mars/Olympus', undefined],
    ['', undefined],
  ])('%j → %j', (name, expected) => {
    expect(suggestTimezone(name)).toBe(expected)
  })
})
