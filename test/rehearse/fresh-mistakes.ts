/** Planted by somebody who had not seen `rehearse` being built (2026-11-28): what tells the mistake, of what is told. */
export const FRESH: { name: string; config: string; validate: string | null; rehearse: string | null }[] = [
  {
    name: 'a time zone with the sign the wrong way',
    config: `schedules:
  s: {when: "cron(0 3 * * ? *)", timezone: Etc/GMT+9, secrets: [prod/a]}`,
    ...{ validate: 'reversed-offset', rehearse: null },
  },
  {
    name: 'the 31st for the end of the month, with maxAge',
    config: `schedules:
  s: {when: "cron(0 3 31 * ? *)", timezone: UTC, maxAge: 45d, secrets: [prod/a]}`,
    ...{ validate: 'older-than-max-age', rehearse: 'too-old' },
  },
  {
    name: 'the 31st for the end of the month, without',
    config: `schedules:
  s: {when: "cron(0 3 31 * ? *)", timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'the 30th of February',
    config: `schedules:
  s: {when: "cron(0 3 30 2 ? *)", timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: 'error', rehearse: null },
  },
  {
    name: 'a long freeze over a quarterly occurrence',
    config: `freezes:
  - {name: quarter-end, from: 2026-12-28, to: 2027-03-05, timezone: UTC}
schedules:
  s: {when: "cron(0 3 1 */3 ? *)", timezone: UTC, maxAge: 120d, secrets: [prod/a]}`,
    ...{ validate: 'frozen-out', rehearse: 'too-old' },
  },
  {
    name: 'a freeze that ends a year too late',
    config: `freezes:
  - {name: year-end, from: 2026-12-20, to: 2028-01-04, timezone: UTC}
schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: 'frozen-out', rehearse: 'frozen-long' },
  },
  {
    name: 'a soak that leaves the rest of a wave four minutes',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, window: 30m, canary: 1, soak: 25m, concurrency: 5, secrets: [${many(40)}]}`,
    ...{ validate: 'canary', rehearse: 'left-out' },
  },
  {
    name: 'a window of a minute',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, window: 1m, secrets: [prod/a]}`,
    ...{ validate: 'short-window', rehearse: null },
  },
  {
    name: 'a maxAge on a disabled schedule',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, enabled: false, maxAge: 30d, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'a moment that clocks skip',
    config: `schedules:
  s: {when: "at(2027-03-14T02:30:00)", timezone: America/New_York, secrets: [prod/a]}`,
    ...{ validate: 'error', rehearse: null },
  },
  {
    name: 'a start two years off, with maxAge',
    config: `schedules:
  s: {when: "rate(30 days)", start: 2029-01-01T00:00:00Z, timezone: UTC, maxAge: 45d, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: 'too-old' },
  },
  {
    name: 'a start two years off, without',
    config: `schedules:
  s: {when: "rate(30 days)", start: 2029-01-01T00:00:00Z, timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: 'not-due' },
  },
  {
    name: 'each hour where each day was meant',
    config: `schedules:
  s: {when: "cron(0 * * * ? *)", timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'each minute of an hour',
    config: `schedules:
  s: {when: "cron(* 3 ? * SUN *)", timezone: UTC, window: 30m, secrets: [prod/a]}`,
    ...{ validate: 'window-overlaps', rehearse: null },
  },
  {
    name: 'two in the afternoon, described as night',
    config: `defaults: {timezone: UTC}
schedules:
  s: {when: "cron(0 14 ? * MON-FRI *)", timezone: UTC, secrets: [prod/a], description: at night}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'two waves ninety minutes apart over one secret',
    config: `schedules:
  a: {when: "cron(0 3 ? * SUN *)", timezone: UTC, window: 2h, secrets: [prod/a, prod/b]}
  b: {when: "cron(30 4 ? * SUN *)", timezone: UTC, window: 2h, secrets: [prod/b, prod/c]}`,
    ...{ validate: 'shared-secret', rehearse: null },
  },
  {
    name: 'an hour apart in winter, together in summer',
    config: `schedules:
  a: {when: "cron(0 3 ? * SUN *)", timezone: UTC, secrets: [prod/a]}
  b: {when: "cron(0 5 ? * SUN *)", timezone: Europe/Berlin, secrets: [prod/a]}`,
    ...{ validate: 'shared-secret', rehearse: 'together' },
  },
  {
    name: 'a timeout of thirty seconds',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, timeout: 30s, maxErrors: 1, concurrency: 1, secrets: [prod/a,prod/b,prod/c]}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'an approval awaited for five minutes at night',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, window: 1h, approval: {timeout: 5m}, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: 'nobody-answers' },
  },
  {
    name: 'four hours’ notice at two in the night',
    config: `schedules:
  s: {when: "cron(0 6 ? * SUN *)", timezone: Europe/Berlin, window: 30m, approval: {}, notice: [4h], secrets: [prod/a]}`,
    ...{ validate: null, rehearse: 'nobody-answers' },
  },
  {
    name: 'monthly, with a maxAge of thirty days',
    config: `schedules:
  s: {when: "cron(0 3 1 * ? *)", timezone: UTC, maxAge: 30d, secrets: [prod/a]}`,
    ...{ validate: 'older-than-max-age', rehearse: 'too-old' },
  },
  {
    name: 'freezes on three first Mondays',
    config: `freezes:
  - {name: month-begin, from: 2027-01-01, to: 2027-01-10, timezone: UTC}
  - {name: month-begin-2, from: 2027-02-01, to: 2027-02-10, timezone: UTC}
  - {name: month-begin-3, from: 2027-03-01, to: 2027-03-10, timezone: UTC}
schedules:
  s: {when: "cron(0 3 ? * MON#1 *)", timezone: UTC, maxAge: 60d, secrets: [prod/a]}`,
    ...{ validate: 'frozen-out', rehearse: 'too-old' },
  },
  {
    name: 'hooks that take more than the window, turn by turn',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, window: 10m, concurrency: 1, before: [{invoke: drain, timeout: 5m}], secrets: [prod/a,prod/b,prod/c,prod/d]}`,
    ...{ validate: null, rehearse: null },
  },
  {
    name: 'a prefix over what another schedule names',
    config: `schedules:
  all: {when: "cron(0 3 ? * SUN *)", timezone: UTC, secrets: {prefix: prod/}}
  a: {when: "cron(0 3 ? * SUN *)", timezone: UTC, secrets: [prod/a]}`,
    ...{ validate: null, rehearse: 'together' },
  },
  {
    name: 'three hundred secrets in one second',
    config: `schedules:
  s: {when: "cron(0 3 ? * SUN *)", timezone: UTC, concurrency: 1000, precision: second, secrets: [${many(300)}]}`,
    ...{ validate: null, rehearse: 'quota' },
  },
]

function many(count: number): string {
  return Array.from({ length: count }, (_, index) => `prod/a${index}`).join(', ')
}
