import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import fc from 'fast-check'

/**
 * Accounts as ListSecrets shows them, at random. A rule comes with what it means as a predicate of days, not by any
 * parser: so NextRotationDate is that of an oracle which shares nothing with src.
 */
export const NOW = Date.UTC(2026, 10, 28, 10, 30)
const [HOUR, DAY] = [3_600_000, 86_400_000]

type Day = { year: number; month: number; date: number; weekday: number; length: number }

/** `hours`: at which windows begin. */
type NativeCron = { text: string; hours: number[]; on(day: Day): boolean }

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')

const hours = fc.oneof(
  fc.integer({ min: 0, max: 23 }).map((hour) => ({ text: `${hour}`, hours: [hour] })),
  fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 4, max: 12 })).map(([from, step]) => ({
    text: `${from}/${step}`,
    hours: range(from, 23, step),
  })),
)

const dates = fc.oneof(
  fc.constant({ text: '*', on: () => true }),
  fc.integer({ min: 1, max: 28 }).map((date) => ({ text: `${date}`, on: (day: Day) => day.date === date })),
  fc.constant({ text: 'L', on: (day: Day) => day.date === day.length }),
  fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 15, max: 28 })).map(([from, to]) => ({
    text: `${from},${to}`,
    on: (day: Day) => day.date === from || day.date === to,
  })),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 15 })).map(([from, step]) => ({
    text: `${from}/${step}`,
    on: (day: Day) => day.date >= from && (day.date - from) % step === 0,
  })),
)

const weekday = fc.integer({ min: 1, max: 7 })
const spelled = (number: number, named: boolean) => (named ? `${WEEKDAYS[number - 1]}` : `${number}`)
const weekdays = fc.oneof(
  fc.tuple(weekday, fc.boolean()).map(([number, named]) => ({
    text: spelled(number, named),
    on: (day: Day) => day.weekday === number,
  })),
  fc.tuple(weekday, weekday, fc.boolean()).map(([a, b, named]) => ({
    text: `${spelled(Math.min(a, b), named)}-${spelled(Math.max(a, b), named)}`,
    on: (day: Day) => day.weekday >= Math.min(a, b) && day.weekday <= Math.max(a, b),
  })),
  fc.tuple(weekday, fc.integer({ min: 1, max: 4 })).map(([number, step]) => ({
    text: `${number}/${step}`,
    on: (day: Day) => day.weekday >= number && (day.weekday - number) % step === 0,
  })),
  fc.tuple(weekday, fc.integer({ min: 1, max: 4 })).map(([number, nth]) => ({
    text: `${number}#${nth}`,
    on: (day: Day) => day.weekday === number && Math.ceil(day.date / 7) === nth,
  })),
  weekday.map((number) => ({
    text: `${number}L`,
    on: (day: Day) => day.weekday === number && day.date > day.length - 7,
  })),
)

const months = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ text: '*', on: () => true }) },
  fc.subarray(range(1, 12, 1), { minLength: 1 }).map((list) => ({
    text: list.map((month) => MONTHS[month - 1]).join(','),
    on: ({ month }: Day) => list.includes(month),
  })),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 7 })).map(([from, step]) => ({
    text: `${from}/${step}`,
    on: ({ month }: Day) => month >= from && (month - from) % step === 0,
  })),
)

const nativeCron: fc.Arbitrary<NativeCron> = fc
  .tuple(
    hours,
    months,
    fc.oneof(
      dates.map((it) => ({ ...it, isDate: true })),
      weekdays.map((it) => ({ ...it, isDate: false })),
    ),
  )
  .map(([hour, month, day]) => ({
    text: `cron(0 ${hour.text} ${day.isDate ? day.text : '?'} ${month.text} ${day.isDate ? '?' : day.text} *)`,
    hours: hour.hours,
    on: (it) => month.on(it) && day.on(it),
  }))

/** The first window of a rule that is still to begin, or is open, at `now`: its beginning. */
function nextWindow(cron: NativeCron, hoursLong: number, now: number): number {
  for (let midnight = Math.floor(now / DAY) * DAY; midnight < now + 800 * DAY; midnight += DAY) {
    const at = new Date(midnight)
    const [year, month, date] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()]
    const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
    if (!cron.on({ year, month, date, length, weekday: at.getUTCDay() + 1 })) continue
    const hour = cron.hours.find((it) => midnight + (it + hoursLong) * HOUR > now)
    if (hour !== undefined) return midnight + hour * HOUR
  }
  throw new Error(`${cron.text} does not rotate in 800 days`)
}

/** As recorded from AWS: the last second of the window. */
function lastSecond(begins: number, hoursLong: number): Date {
  return new Date(begins + hoursLong * HOUR - 1_000)
}

type Rules = Pick<SecretListEntry, 'RotationRules' | 'NextRotationDate'>

const cronRules: fc.Arbitrary<Rules> = fc
  .tuple(nativeCron, fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }))
  .map(([cron, duration]) => {
    const [first = 0] = cron.hours
    const natural = cron.hours.length > 1 ? 1 : 24 - first
    const long = Math.min(duration ?? natural, 24 - (cron.hours.at(-1) ?? 0))
    return {
      RotationRules: {
        ScheduleExpression: cron.text,
        // What Secrets Manager fills in by itself.
        AutomaticallyAfterDays: 7,
        ...(duration !== undefined && { Duration: `${long}h` }),
      },
      NextRotationDate: lastSecond(nextWindow(cron, long, NOW), long),
    }
  })

const rateRules: fc.Arbitrary<Rules> = fc
  .record({
    days: fc.integer({ min: 1, max: 999 }),
    into: fc.double({ min: 0, max: 0.999, noNaN: true }),
    duration: fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined }),
    written: fc.boolean(),
  })
  .map(({ days, into, duration, written }) => {
    const begins = Math.floor(NOW / DAY) * DAY + (1 + Math.floor(days * into)) * DAY
    return {
      RotationRules: {
        ...(written ? { ScheduleExpression: `rate(${days} day${days === 1 ? '' : 's'})` } : {}),
        AutomaticallyAfterDays: days,
        ...(duration !== undefined && { Duration: `${duration}h` }),
      },
      NextRotationDate: lastSecond(begins, duration ?? 24),
    }
  })

const hourRules: fc.Arbitrary<Rules> = fc
  .record({ count: fc.integer({ min: 4, max: 72 }), ahead: fc.integer({ min: 1, max: 72 }) })
  .map(({ count, ahead }) => ({
    RotationRules: { ScheduleExpression: `rate(${count} hours)` },
    NextRotationDate: lastSecond(Math.ceil(NOW / HOUR) * HOUR + (ahead % count) * HOUR, 1),
  }))

/** What no schedule of ours says, and what no Secrets Manager would take. */
const strangeRules: fc.Arbitrary<Rules> = fc
  .constantFrom(
    'cron(0 8 ? * MON#1,MON#3 *)',
    'cron(0 8 LW * ? *)',
    'cron(0 8 L-3 * ? *)',
    'cron(0 8 * * *)',
    'rate(5 minutes)',
    'rate(x days)',
    'cron(0 8 31 2 ? *)',
    'cron(0 8 ? * \u3042 *)',
    '# \n"',
  )
  .map((ScheduleExpression) => ({ RotationRules: { ScheduleExpression } }))

const namedRules = fc.oneof(
  { weight: 4, arbitrary: cronRules },
  { weight: 2, arbitrary: rateRules },
  hourRules,
)

const LETTERS = [...'abcXYZ0189/_+=.@-']
const name = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 24 }) },
  fc.constantFrom(
    'true',
    'null',
    '1e5',
    '0x1F',
    '2026-01-01',
    '=',
    '-',
    '@x',
    '.inf',
    '12',
    'Yes',
    '-a-',
    '+1',
  ),
  fc.integer({ min: 1, max: 9 }).map((n) => `prod/${'long-name-'.repeat(50)}${n}`),
)

const TAGS = ['nightly', 'weekly', 'マーク', 'R&D', '']
const tags = fc.record({
  Key: fc.constantFrom('team', 'rotation', 'aws:cloudformation:stack-name', '__proto__', 'ключ'),
  Value: fc.constantFrom(...TAGS),
})

const date = fc.integer({ min: 0, max: 2_000 }).map((days) => new Date(NOW - days * DAY))

const secret: fc.Arbitrary<SecretListEntry> = fc
  .record({
    name,
    kind: fc.constantFrom(
      ...['rotating', 'rotating', 'rotating', 'rotating', 'strange', 'never', 'off', 'no rule'],
      ...['managed', 'partner', 'replica', 'deleted', 'foreign', 'unicode'],
    ),
    rules: namedRules,
    strange: strangeRules,
    CreatedDate: date,
    Tags: fc.uniqueArray(tags, { maxLength: 3, selector: ({ Key }) => Key }),
  })
  .map(({ name, kind, rules, strange, CreatedDate, Tags }) => {
    const Name = kind === 'managed' ? `rds!db-${name}` : kind === 'unicode' ? `秘密 ${name}\u202e` : name
    const RotationLambdaARN = 'arn:aws:lambda:eu-central-1:123456789012:function:SecretsManagerRotation'
    return {
      Name,
      ARN: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${Name}-Ab12Cd`,
      ...{ CreatedDate, Tags },
      ...(['never'].includes(kind) ? {} : { RotationEnabled: kind !== 'off' }),
      ...(['never', 'managed', 'partner', 'foreign'].includes(kind) ? {} : { RotationLambdaARN }),
      ...(['never', 'no rule'].includes(kind) ? {} : kind === 'strange' ? strange : rules),
      ...(kind === 'managed' && { OwningService: 'rds' }),
      ...(kind === 'partner' && { Type: 'Salesforce\n' }),
      ...(kind === 'replica' && { PrimaryRegion: 'us-east-1' }),
      ...(kind === 'deleted' && { DeletedDate: new Date(NOW) }),
    }
  })

export const estate = fc.uniqueArray(secret, { maxLength: 60, selector: ({ Name }) => Name })

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)
}
