import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { next } from '../../src/cli/next.ts'
import { runCommand } from './terminal.ts'

const CONFIG = ['--config', join(import.meta.dirname, 'example.yml')]
const ADHOC = ['--expression', 'cron(0 3 ? * SUN *)', '--timezone', 'Asia/Tokyo']

it('lists the next occurrences of all enabled schedules in time order', async () => {
  expect(await runCommand(next, [...CONFIG, '--count', '6'])).toEqual({
    code: 0,
    err: '',
    out: [
      'LOCAL             ZONE              UTC         IN             SCHEDULE',
      'Tue 24 Nov 17:00  America/New_York  Tue 22:00Z  now            api-keys',
      'Tue 24 Nov 17:15  America/New_York  Tue 22:15Z  in 15 min      api-keys',
      'Tue 24 Nov 17:30  America/New_York  Tue 22:30Z  in 30 min      api-keys',
      'Tue 24 Nov 17:45  America/New_York  Tue 22:45Z  in 45 min      api-keys',
      'Wed 25 Nov 02:30  America/New_York  Wed 07:30Z  in 9 h 30 min  orders-db-nightly',
      'Wed 25 Nov 08:00  America/New_York  Wed 13:00Z  in 15 h        api-keys',
      '',
    ].join('\n'),
  })
})

it('shows one schedule, with freezes and clock changes under its lines', async () => {
  const frozen = await runCommand(next, [
    ...CONFIG,
    '--schedule',
    'orders-db-nightly',
    '--from',
    '2026-12-24',
    '--count',
    '2',
  ])
  expect(frozen.out).toBe(
    [
      'orders-db-nightly  cron(30 2 * * ? *)  America/New_York',
      '',
      'LOCAL             UTC         IN',
      'Thu 24 Dec 02:30  Thu 07:30Z  in 29 d 9 h',
      'Fri 25 Dec 02:30  Fri 07:30Z  in 30 d 9 h',
      '    frozen by year-end: change freeze',
      '',
    ].join('\n'),
  )
  const spring = await runCommand(next, [
    ...CONFIG,
    '--schedule',
    'orders-db-nightly',
    '--from',
    '2027-03-13',
    '--count',
    '3',
  ])
  expect(spring.out.split('\n').slice(3)).toEqual([
    'Sat 13 Mar 2027 02:30  Sat 07:30Z  in 108 d 9 h',
    'Mon 15 Mar 2027 02:30  Mon 06:30Z  in 110 d 8 h',
    '    clocks skip 02:30 on 2027-03-14: none then',
    'Tue 16 Mar 2027 02:30  Tue 06:30Z  in 111 d 8 h',
    '',
  ])
})

it('dims frozen occurrences where there is colour', async () => {
  const { out } = await runCommand(
    next,
    [...CONFIG, '--schedule', 'orders-db-nightly', '--from', '2026-12-25', '--count', '1'],
    { color: true },
  )
  expect(out).toContain('\u001b[2mFri 25 Dec 02:30  Fri 07:30Z  in 30 d 9 h\u001b[0m\n')
  expect(out).toContain('\u001b[33mfrozen by year-end: change freeze\u001b[0m')
})

it('answers programs in JSON', async () => {
  const { code, out } = await runCommand(next, [
    ...CONFIG,
    '--json',
    '--from',
    '2026-12-31T00:00:00Z',
    '--to',
    '2026-12-31T13:15:00Z',
  ])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual([
    {
      schedule: 'month-end',
      secrets: ['prod/billing/db', 'prod/billing/api'],
      scheduledAt: '2026-12-31T02:30:00.000Z',
      local: '2026-12-31T02:30:00Z',
      frozen: null,
      skipped: null,
      note: null,
    },
    {
      schedule: 'orders-db-nightly',
      secrets: ['prod/orders/db'],
      scheduledAt: '2026-12-31T07:30:00.000Z',
      local: '2026-12-31T02:30:00-05:00',
      frozen: 'year-end',
      skipped: null,
      note: 'frozen by year-end: change freeze',
    },
    {
      schedule: 'api-keys',
      secrets: ['prod/api'],
      scheduledAt: '2026-12-31T13:00:00.000Z',
      local: '2026-12-31T08:00:00-05:00',
      frozen: 'year-end',
      skipped: null,
      note: 'frozen by year-end: change freeze',
    },
  ])
})

it('takes --from inclusive and --to exclusive, and all between them without --count', async () => {
  const between = async (from: string, to: string) =>
    JSON.parse((await runCommand(next, [...ADHOC, '--json', '--from', from, '--to', to])).out).map(
      ({ scheduledAt }: { scheduledAt: string }) => scheduledAt,
    )
  expect(await between('2026-11-28T18:00:00Z', '2026-12-05T18:00:00Z')).toEqual(['2026-11-28T18:00:00.000Z'])
  expect(await between('2026-11-28T18:00:01Z', '2026-12-05T18:00:01Z')).toEqual(['2026-12-05T18:00:00.000Z'])
  expect(await between('2026-01-01', '2027-01-01')).toHaveLength(52)
})

it('shows a disabled schedule only when asked for, and says so', async () => {
  expect((await runCommand(next, [...CONFIG, '--to', '2026-11-26'])).out).not.toContain('idle')
  const asked = await runCommand(next, [...CONFIG, '--schedule', 'idle', '--count', '1'])
  expect(asked.out).toContain('disabled: does not run')
})

it('answers about an expression of the command line', async () => {
  expect((await runCommand(next, [...ADHOC, '--count', '2'])).out).toBe(
    [
      'cron(0 3 ? * SUN *)  Asia/Tokyo',
      '',
      'LOCAL             UTC         IN',
      'Sun 29 Nov 03:00  Sat 18:00Z  in 3 d 20 h',
      'Sun  6 Dec 03:00  Sat 18:00Z  in 10 d 20 h',
      '',
    ].join('\n'),
  )
  const rate = [
    '--expression',
    'rate(12 hours)',
    '--timezone',
    'UTC',
    '--start',
    '2026-11-24T21:00:30Z',
    '--count',
    '1',
  ]
  expect((await runCommand(next, rate)).out).toContain('Wed 25 Nov 09:00:30  Wed 09:00:30Z  in 11 h')
  const past = await runCommand(next, [...ADHOC, '--from', '2026-11-01', '--count', '1'])
  expect(past.out).toContain('17 d 4 h ago')
  const json = await runCommand(next, [...ADHOC, '--count', '1', '--json'])
  expect(JSON.parse(json.out)).toEqual([
    {
      schedule: null,
      secrets: [],
      scheduledAt: '2026-11-28T18:00:00.000Z',
      local: '2026-11-29T03:00:00+09:00',
      frozen: null,
      skipped: null,
      note: null,
    },
  ])
})

it('marks the first of two local times', async () => {
  const doubled = [
    '--expression',
    'cron(30 1 1 NOV ? 2026)',
    '--timezone',
    'America/New_York',
    '--from',
    '2026-10-01',
  ]
  const { out } = await runCommand(next, doubled)
  expect(out).toContain('Sun  1 Nov 01:30  Sun 05:30Z')
  expect(out).toContain('clocks show 01:30 twice: this is the first')
})

it('says so where nothing comes', async () => {
  const never = ['--expression', 'cron(0 3 * * ? 2020)', '--timezone', 'UTC']
  expect(await runCommand(next, never)).toEqual({
    code: 0,
    out: '',
    err: 'nothing is scheduled in this interval\n',
  })
  expect(await runCommand(next, [...never, '--json'])).toEqual({ code: 0, out: '[]\n', err: '' })
})

it('points at what is wrong in an expression: exit 1', async () => {
  expect(await runCommand(next, ['--expression', 'cron(0 3 ? * 0 *)', '--timezone', 'UTC'])).toEqual({
    code: 1,
    out: '',
    err: [
      '  cron(0 3 ? * 0 *)',
      '               ^',
      'the day-of-week field has no day 0',
      '  hint: AWS counts 1 = SUN to 7 = SAT: write cron(0 3 ? * SUN *) (at 03:00 every Sunday)',
      '',
    ].join('\n'),
  })
})

it('tells the errors of an invalid config: exit 1', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-next-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'bad.yml')
  await writeFile(file, 'schedules: { a: { when: cron(0 3 * * 0), timezone: UTC, secrets: [x] } }\n')
  const { code, out, err } = await runCommand(next, ['--config', file])
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain('cron(0 3 ? * SUN *)')
})

it.each([
  [[], /which stage/],
  [['--config', 'nowhere.yml'], /cannot read nowhere.yml/],
  [[...CONFIG, '--schedule', 'order-db'], /no schedule "order-db".*\n.*orders-db-nightly/],
  [[...CONFIG, '--from', 'tomorrow'], /--from tomorrow is no instant/],
  [
    [...CONFIG, '--from', '2026-12-01T09:00'],
    /--from 2026-12-01T09:00 does not say by whose clock.*\n.*offset/,
  ],
  [[...CONFIG, '--from', '2026-13-01'], /is no date of the calendar/],
  [[...CONFIG, '--from', '2027-01-01', '--to', '2027-01-01'], /--to is not after --from/],
  [[...CONFIG, '--count', '0'], /--count 0: a whole number from 1 to 99999/],
  [[...CONFIG, '--count', 'many'], /--count many: a whole number from 1 to 99999/],
  [[...CONFIG, '--timezone', 'Mars/Olympus'], /unknown time zone/],
  [[...CONFIG, '--start', '2026-01-01T00:00:00Z'], /belongs to --expression/],
  [[...CONFIG, ...ADHOC], /stands alone/],
  [[...CONFIG, 'orders-db-nightly'], /unexpected "orders-db-nightly"/],
  [['--expression', 'cron(0 3 * * ? *)'], /whose clock/],
  [['--expression', 'cron(0 3 * * ? *)', '--timezone', 'JST'], /unknown time zone "JST".*\n.*Asia\/Tokyo/],
  [
    ['--expression', 'cron(* * * * ? *)', '--timezone', 'UTC', '--to', '2027-11-24'],
    /more than 20000 occurrences.*\n.*--count/,
  ],
])('cannot do %j: exit 2', async (args, message) => {
  const { code, out, err } = await runCommand(next, args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(message)
})

it('shows who goes first, where somebody does', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'next-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'c.yml')
  await writeFile(
    file,
    `defaults: { timezone: UTC, canary: 1, soak: 10m }
schedules:
  two: { when: cron(0 3 * * ? *), secrets: [a, b] }
  one: { when: cron(0 4 * * ? *), secrets: [c] }
  some: { when: cron(0 5 * * ? *), secrets: { prefix: p/ } }
`,
  )
  const asked = ['--config', file, '--count', '3']
  expect((await runCommand(next, asked)).out.split('\n').slice(0, 4)).toEqual([
    'local time of UTC',
    'two, canary: a; the rest 10m after that has succeeded',
    'some, canary: the first 1 by name; the rest 10m after that has succeeded',
    '',
  ])
  const found = JSON.parse((await runCommand(next, [...asked, '--json'])).out)
  expect(found.map(({ canary }: { canary?: unknown }) => canary)).toEqual([['a'], undefined, 1])
})
