import { describe, expect, it } from 'vitest'
import { errorsIn, table } from './table.ts'

const ONE = 'defaults: { timezone: UTC }\nschedules:\n'

describe('a comma in a flow map', () => {
  table([
    [
      'ends an expression: told once, and mended',
      `${ONE}  a: { when: cron(0 9,21 * * ? *), secrets: [a] }\n`,
      /^3:14 schedules\.a\.when: inside \{ \} a comma ends a value: this one is "cron\(0 9" \| write it in quotes: when: "cron\(0 9,21 \* \* \? \*\)"$/,
    ],
    [
      'twice',
      `${ONE}  a: { when: cron(0 9 ? * MON,WED,FRI *), secrets: [a] }\n`,
      /^3:14 .*quotes: when: "cron\(0 9 \? \* MON,WED,FRI \*\)"$/,
    ],
    [
      'in an expression that is wrong besides',
      `${ONE}  a: { when: cron(0 9,25 * * ? *), secrets: [a] }\n`,
      /^3:14 .*quotes/,
      /^3:23 schedules\.a\.when: the hour field has no 25/,
    ],
    [
      'in one that has no end',
      `${ONE}  a: { when: cron(0 9, secrets: [a] }\n`,
      /^3:14 schedules\.a\.when: this is no EventBridge Scheduler expression/,
    ],
  ])

  it('is none in quotes, or in a block', () => {
    expect(errorsIn(`${ONE}  a: { when: "cron(0 9,21 * * ? *)", secrets: [a] }\n`)).toEqual([])
    expect(errorsIn(`${ONE}  a:\n    when: cron(0 9,21 * * ? *)\n    secrets: [a]\n`)).toEqual([])
  })
})

describe('a key that stands twice hides nothing', () => {
  table([
    [
      'elsewhere',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], window: 5m, window: 6m }\n  b: { when: cron(0 25 * * ? *), secrets: [b] }\n`,
      /^3:59 schedules\.a\.window: "window" stands twice/,
      /^4:21 schedules\.b\.when: the hour field has no 25/,
    ],
    [
      'in the first of the two',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], window: 5 }\n  a: { when: cron(0 3 * * ? *), secrets: [a] }\n`,
      /^3:55 schedules\.a\.window: "5" has no unit/,
      /^4:3 schedules\.a: "a" stands twice/,
    ],
    [
      'in the second',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a] }\n  a: { when: cron(0 3 * * ? *), secrets: [a], window: 5 }\n`,
      /^4:3 schedules\.a: "a" stands twice/,
      /^4:55 schedules\.a\.window: "5" has no unit/,
    ],
    [
      'and what only one half has is not missed',
      `freezes: [{ name: x, from: 2027-01-01, to: 2027-01-02 }]\nfreezes: [{ name: y, from: 2027-01-01, to: 2027-01-02 }]\n${ONE}  a:\n    when: cron(0 3 * * ? *)\n    secrets: [a]\n    ignoreFreezes: [{ name: x, reason: r }, { name: y, reason: r }]\n`,
      /^2:1 freezes: "freezes" stands twice/,
    ],
  ])
})

describe('merge keys', () => {
  table([
    [
      'are told, and what they would bring is not missed',
      `${ONE}  a: &a { when: cron(0 25 * * ? *), secrets: [a] }\n  b:\n    <<: *a\n    secrets: [b]\n`,
      /^3:24 schedules\.a\.when: .*25/,
      /^3:24 schedules\.b\.when: .*25/,
      /^5:5 schedules\.b\.<<: a merge key/,
    ],
    [
      'of nothing that can be merged',
      `${ONE}  b:\n    <<: x\n    when: cron(0 3 * * ? *)\n    secrets: [b]\n`,
      /^4:5 schedules\.b\.<<: a merge key/,
    ],
  ])
})

describe('durations in one round', () => {
  table([
    [
      'a number',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], timeout: 600 }\n`,
      /^3:56 .*"600" has no unit \| write 600s \(10 min\) or 600m \(10 h\)$/,
    ],
    [
      'a number that fits one unit',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], maxAge: 90 }\n`,
      /^3:55 .*"90" has no unit \| write 90m \(1 h 30 min\) or 90h \(3 d 18 h\) or 90d \(90 d\)$/,
    ],
    [
      'words',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], window: 1 hour 30 minutes }\n`,
      /"1 hour 30 minutes" is not a duration \| write 1h30m \(1 h 30 min\)$/,
    ],
    [
      'what fits nothing',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], window: soon }\n`,
      /"soon" is not a duration \| write whole days, hours, minutes, seconds/,
    ],
    [
      'a window that cannot be read says nothing of the approval',
      `${ONE}  a: { when: cron(0 3 * * ? *), secrets: [a], window: 2 hours, approval: { timeout: 1h } }\n`,
      /^3:55 .*write 2h \(2 h\)$/,
    ],
  ])
})
