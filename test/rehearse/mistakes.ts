/** What a mistake's plant is, and who tells of it. */
export type Mistake = {
  name: string
  config: string
  /** `error`, or the warning's name; null: validate says nothing. */
  validate: string | null
  /** The finding's name; null: rehearse finds nothing. */
  rehearse: string | null
  faults?: 'usual'
  /** Days that show it; default: a year. */
  days?: number
  /** How long its rotations take, as the ledger would have it: ms. */
  tookMs?: number
}

const names = (count: number, prefix = 'prod/app/') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`).join(', ')

const one = (schedule: string, { freezes = '[]' } = {}) =>
  `defaults: { timezone: Europe/Berlin, window: 30m, timeout: 15m }
freezes: ${freezes}
schedules:
${schedule}
`

const freeze = (name: string, from: string, to: string) =>
  `{ name: ${name}, from: ${from}, to: ${to}, yearly: true, reason: change freeze }`

const MONTH_ENDS = Array.from({ length: 12 }, (_, index) => {
  const [month, next] = [index + 1, ((index + 1) % 12) + 1].map((it) => String(it).padStart(2, '0'))
  return freeze(`close-${month}`, `2026-${month}-27`, `${next === '01' ? 2027 : 2026}-${next}-03`)
})

export const MISTAKES: Mistake[] = [
  {
    name: 'a wave of forty, one at a time, in a window of half an hour',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [${names(40)}], concurrency: 1 }`),
    days: 30,
    ...{ validate: null, rehearse: 'left-out' },
  },
  {
    name: 'two schedules over one secret at one second',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db] }
  b: { when: cron(0 5 1 * ? *), secrets: [prod/db] }`),
    ...{ validate: 'shared-secret', rehearse: 'together' },
  },
  {
    name: 'two schedules over one secret, forty minutes apart',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db] }
  b: { when: cron(40 5 ? * SUN *), secrets: [prod/db] }`),
    ...{ validate: null, rehearse: 'together' },
  },
  {
    name: 'a selector that chooses what another schedule names',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db/orders] }
  b: { when: cron(0 5 ? * SUN *), secrets: { prefix: prod/db/ } }`),
    ...{ validate: null, rehearse: 'together' },
  },
  {
    name: 'maxAge shorter than the interval with a freeze',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], maxAge: 20d }', {
      freezes: `[${freeze('year-end', '2026-12-15', '2027-01-06')}]`,
    }),
    ...{ validate: 'older-than-max-age', rehearse: 'too-old' },
  },
  {
    name: 'freezes that swallow each monthly occurrence',
    config: one('  a: { when: cron(0 5 L * ? *), secrets: [prod/db] }', {
      freezes: `[${MONTH_ENDS.join(', ')}]`,
    }),
    ...{ validate: 'frozen-out', rehearse: 'never-succeeds' },
  },
  {
    name: 'one of two freezes ignored',
    config: one(
      '  a: { when: cron(0 5 1 * ? *), secrets: [prod/db], ignoreFreezes: [{ name: year-end, reason: agreed }] }',
      {
        freezes: `[${freeze('year-end', '2026-12-20', '2027-01-05')}, ${freeze('inventory', '2026-12-31', '2027-01-03')}]`,
      },
    ),
    ...{ validate: 'frozen-out', rehearse: 'frozen-long' },
  },
  {
    name: 'a time that clocks skip',
    config: one('  a: { when: cron(30 2 28 3 ? *), secrets: [prod/db] }'),
    ...{ validate: 'clock-skips', rehearse: 'clock-skips' },
  },
  {
    name: 'a soak longer than the window',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [${names(3)}], canary: 1, soak: 45m }`),
    ...{ validate: 'error', rehearse: null },
  },
  {
    name: 'three retries in a window of five minutes',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], retries: 3, window: 5m }'),
    ...{ validate: null, rehearse: 'no-time-for-retries' },
  },
  {
    name: 'an approval awaited for longer than the window',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], approval: { timeout: 2h } }'),
    ...{ validate: 'error', rehearse: null },
  },
  {
    name: 'an approval asked for on Sunday at five',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], approval: {} }'),
    ...{ validate: null, rehearse: 'nobody-answers' },
  },
  {
    name: 'sixty secrets of one schedule in one second',
    config: one(
      `  a: { when: cron(0 5 ? * SUN *), secrets: [${names(60)}], concurrency: 60, precision: second }`,
    ),
    days: 10,
    ...{ validate: null, rehearse: 'quota' },
  },
  {
    name: 'sixty schedules at one second',
    config: one(
      Array.from(
        { length: 60 },
        (_, index) =>
          `  a${index}: { when: cron(0 5 ? * SUN *), secrets: [prod/db/${index}], precision: second }`,
      ).join('\n'),
    ),
    days: 10,
    ...{ validate: null, rehearse: 'quota' },
  },
  {
    name: 'paused after one failure, with functions that fail now and then',
    config: one(`  a: { when: cron(0 5 * * ? *), secrets: [${names(10)}], pauseAfter: 1 }`),
    days: 90,
    ...{ validate: null, rehearse: 'left-out', faults: 'usual' },
  },
  {
    name: 'a wave stopped by one error, with functions that fail now and then',
    config: one(`  a: { when: cron(0 5 ? * SUN *), secrets: [${names(40)}], concurrency: 4, maxErrors: 1 }`),
    ...{ validate: null, rehearse: 'left-out', faults: 'usual' },
  },
  {
    name: 'before-hooks that may outlast the window',
    config: one(
      '  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], before: [{ invoke: drain, timeout: 10m }, { invoke: backup, timeout: 10m }], window: 15m }',
    ),
    ...{ validate: null, rehearse: 'no-time-for-hooks' },
  },
  {
    name: 'a moment in the past',
    config: one('  a: { when: at(2026-01-10T05:00:00), secrets: [prod/db] }'),
    ...{ validate: 'past', rehearse: 'ended' },
  },
  {
    name: 'a rate that drifts into business hours',
    config: one('  a: { when: rate(25 hours), start: 2026-11-29T04:00:00Z, secrets: [prod/db] }'),
    days: 60,
    ...{ validate: null, rehearse: 'drifts' },
  },
  {
    name: 'a window longer than the interval',
    config: one('  a: { when: rate(20 minutes), start: 2026-11-29T04:00:00Z, secrets: [prod/db] }'),
    days: 7,
    ...{ validate: 'window-overlaps', rehearse: null },
  },
  {
    name: 'a timeout shorter than what the function takes',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], timeout: 5m }'),
    ...{ validate: null, rehearse: 'late', tookMs: 420_000 },
  },
  {
    name: 'more versions in a day than Secrets Manager keeps',
    config: one(
      '  a: { when: rate(10 minutes), start: 2026-11-29T04:00:00Z, secrets: [prod/db], window: 5m }',
    ),
    days: 3,
    ...{ validate: 'too-often', rehearse: null },
  },
  {
    name: 'Monday to Friday as a crontab counts',
    config: one('  a: { when: cron(0 5 ? * 1-5 *), secrets: [prod/db] }'),
    ...{ validate: 'weekday-numbers', rehearse: null },
  },
  {
    name: 'a slip of the pen in a secret’s name',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/odrers] }'),
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'people told of success only',
    config: one('  a: { when: cron(0 5 ? * SUN *), secrets: [prod/db], notify: { on: [success] } }'),
    ...{ validate: null, rehearse: null },
  },
]
