import { z } from 'zod'
import { parseDuration } from './duration.ts'

/**
 * The shape of `config/<stage>.yml`, as people write it. Every rule that needs one value only stands here; rules
 * across values (a missing time zone, an unknown freeze) stand in `rules.ts`. `hint` travels in the issue's params.
 */

const hinted = (hint: string) => ({ params: { hint } })

/** Seconds from `30m`, `1h30m`, …, between two bounds that are durations themselves. */
function duration(least: string, most: string) {
  const [min, max] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0]
  return z.string(`a duration such as 30m is expected`).transform((text, context) => {
    const seconds = parseDuration(text)
    if (seconds === undefined) {
      context.addIssue({
        code: 'custom',
        message: `«${text}» is not a duration`,
        ...hinted('write whole days, hours, minutes, seconds: 45s, 30m, 1h30m, 2d'),
      })
      return z.NEVER
    }
    if (seconds < min || seconds > max) {
      context.addIssue({
        code: 'custom',
        message: `«${text}» is out of range`,
        ...hinted(`between ${least} and ${most}`),
      })
      return z.NEVER
    }
    return seconds
  })
}

/** Local date or date-time, as Temporal's plain types read them. */
const localTime = z
  .string('a local date (2026-12-25) or date-time (2026-12-25T18:00) is expected')
  .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text), {
    message: 'not a local date or date-time',
    ...hinted('write 2026-12-25 or 2026-12-25T18:00, without an offset: the zone stands in `timezone`'),
  })

/** Secrets Manager's own alphabet for names. Source: API reference, CreateSecret, Name. */
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$/

const secret = z
  .string('a secret’s name or ARN is expected')
  .refine((text) => (text.startsWith('arn:') ? SECRET_ARN.test(text) : SECRET_NAME.test(text)), {
    error: (issue) => `«${String(issue.input)}» is neither a secret’s name nor its ARN`,
    ...hinted('letters, digits and /_+=.@- ; or arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx'),
  })

const timezone = z.string('an IANA time zone such as Europe/Paris is expected')

const settings = {
  timezone: timezone.optional(),
  /** Scheduler cannot give an event up in less than 60 s, nor keep it for more than a day: [bc] RetryPolicy. */
  window: duration('1m', '24h').optional(),
  timeout: duration('1s', '24h').optional(),
  precision: z.enum(['minute', 'second'], 'either minute or second').optional(),
  concurrency: z.int('a whole number is expected').min(1).max(1000).optional(),
}

const freeze = z.strictObject({
  name: z.string().min(1),
  from: localTime,
  to: localTime,
  timezone: timezone.optional(),
  yearly: z.boolean().default(false),
  reason: z.string().optional(),
})

/** 64 characters is Scheduler's limit on a name, less the room for an early companion's ending. */
export const SCHEDULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,55}$/

const schedule = z.strictObject({
  when: z.string('an expression such as cron(0 3 ? * SUN *) is expected'),
  start: z.string('an instant such as 2026-01-01T00:00:00Z is expected').optional(),
  secrets: z
    .array(secret, 'a list of secrets’ names or ARNs is expected')
    .min(1, 'at least one secret is expected'),
  enabled: z.boolean().default(true),
  ignoreFreezes: z
    .array(z.strictObject({ name: z.string(), reason: z.string('say why: auditors will ask').min(1) }))
    .default([]),
  ...settings,
})

export const configFile = z.strictObject({
  defaults: z.strictObject(settings).default({}),
  freezes: z.array(freeze).default([]),
  schedules: z.record(z.string(), schedule, 'a map of schedules by name is expected'),
})

export type ConfigFile = z.output<typeof configFile>

/** The keys that a map at this path may have. */
export function keysAt([section, name, part]: (string | number)[]): string[] {
  if (section === undefined) return Object.keys(configFile.shape)
  if (section === 'defaults') return Object.keys(settings)
  if (section === 'freezes') return Object.keys(freeze.shape)
  return part === 'ignoreFreezes' ? ['name', 'reason'] : name === undefined ? [] : Object.keys(schedule.shape)
}
