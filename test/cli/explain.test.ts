import { expect, it } from 'vitest'
import { explain } from '../../src/cli/explain.ts'
import { runCommand } from './terminal.ts'

it('says it in words', async () => {
  expect(await runCommand(explain, ['cron(30 2 L * ? *)'])).toEqual({
    code: 0,
    out: "At 02:30 on the last day of the month. Local time of the schedule's zone.\n",
    err: '',
  })
  expect((await runCommand(explain, ['rate(1 day)'])).out).toBe(
    'Every day, counted from its start; a day is 24 hours, also when clocks change.\n',
  )
})

it('adds the next three occurrences of a zone', async () => {
  expect((await runCommand(explain, ['cron(30 2 L * ? *)', '--timezone', 'Europe/London'])).out).toBe(
    [
      'At 02:30 on the last day of the month. Local time of Europe/London.',
      '  Mon 30 Nov 2026 02:30  Mon 02:30Z',
      '  Thu 31 Dec 2026 02:30  Thu 02:30Z',
      '  Sun 31 Jan 2027 02:30  Sun 02:30Z',
      '',
    ].join('\n'),
  )
  expect((await runCommand(explain, ['cron(0 3 * * ? 2020)', '--timezone', 'UTC'])).out).toContain(
    'It never fires again.',
  )
  expect((await runCommand(explain, ['rate(1 day)', '--timezone', 'UTC'])).out).not.toContain('2026')
  expect(
    (await runCommand(explain, ['rate(1 day)', '--timezone', 'UTC', '--start', '2026-11-01'])).out,
  ).toContain('Wed 25 Nov 2026 00:00')
  const spring = await runCommand(explain, ['cron(30 2 13-15 MAR ? *)', '--timezone', 'America/New_York'])
  expect(spring.out).toContain('clocks skip 02:30 on 2027-03-14: none then')
})

it('says what is wrong and what to write: exit 1', async () => {
  expect(await runCommand(explain, ['cron(0 3 * * 0)'])).toEqual({
    code: 1,
    err: '',
    out: [
      '  cron(0 3 * * 0)',
      '       ^^^^^^^^^',
      'AWS takes six fields, this has five (the year is missing)',
      '  hint: crontab counts weekdays from 0 = Sunday, AWS from 1 = SUN: write cron(0 3 ? * SUN *) (at 03:00 every Sunday)',
      '',
    ].join('\n'),
  })
})

it('answers programs in JSON', async () => {
  const right = await runCommand(explain, ['cron(0 3 ? * SUN *)', '--timezone', 'Asia/Tokyo', '--json'])
  const { next, ...rest } = JSON.parse(right.out)
  expect(rest).toEqual({ valid: true, words: 'At 03:00 every Sunday' })
  expect(next.map(({ scheduledAt }: { scheduledAt: string }) => scheduledAt)).toEqual([
    '2026-11-28T18:00:00.000Z',
    '2026-12-05T18:00:00.000Z',
    '2026-12-12T18:00:00.000Z',
  ])
  const wrong = await runCommand(explain, ['cron(0 3 ? * 0 *)', '--json'])
  expect(wrong.code).toBe(1)
  expect(JSON.parse(wrong.out)).toMatchObject({
    valid: false,
    offset: 13,
    length: 1,
    message: 'the day-of-week field has no day 0',
  })
})

it.each([
  [[], /explain what/],
  [['cron(0', '3', '?', '*', 'SUN', '*)'], /quote it/],
  [['cron(0 3 * * ? *)', '--timezone', 'Tokyo'], /unknown time zone "Tokyo".*\n.*Asia\/Tokyo/],
])('cannot do %j: exit 2', async (args, message) => {
  const { code, err } = await runCommand(explain, args)
  expect(code).toBe(2)
  expect(err).toMatch(message)
})
