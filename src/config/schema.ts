import { z } from 'zod'
import { localTimeIn } from '../calendar/freezes.ts'
import { parseDuration } from './duration.ts'
import type { Path } from './positions.ts'

/**
 * The shape of `config/<stage>.yml`, as people write it. Every rule that needs one value only stands here; rules
 * across values (a missing time zone, an unknown freeze) stand in `rules.ts`. `hint` travels in the issue's params;
 * descriptions and examples are what editors show (`config/schema.json`) and what other hints are made of.
 */

const hinted = (hint: string) => ({ params: { hint } })

/** Seconds from `30m`, `1h30m`, …, between two bounds that are durations themselves. */
function duration(least: string, most: string, description: string, example: string) {
  const [min, max] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0]
  return z
    .string()
    .meta({ description, examples: [example] })
    .transform((text, context) => {
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

function wholeNumber(least: number, most: number, description: string) {
  return z
    .number()
    .meta({ description, type: 'integer', minimum: least, maximum: most })
    .check((context) => {
      const { value } = context
      const range = hinted(`between ${least} and ${most}`)
      const message = Number.isInteger(value) ? `${value} is out of range` : 'a whole number is expected'
      if (Number.isInteger(value) && value >= least && value <= most) return
      context.issues.push({ code: 'custom', input: value, message, ...range })
    })
}

/** Local date or date-time, as `src/calendar/freezes.ts` reads them. */
function localTime(description: string) {
  return z
    .string()
    .meta({ description, examples: ['2026-12-25', '2026-12-25T18:00'] })
    .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text), {
      error: ({ input }) => `«${String(input)}» is not a local date or date-time`,
      abort: true,
      ...hinted('write 2026-12-25 or 2026-12-25T18:00, without an offset: the zone stands in `timezone`'),
    })
    .refine((text) => localTimeIn(text) !== undefined, {
      error: ({ input }) => `there is no such date as ${String(input)}`,
      ...hinted('check month, day and time'),
    })
}

/** Secrets Manager's own alphabet for names. Source: API reference, CreateSecret, Name. */
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$/

const secret = z
  .string()
  .meta({ description: 'a secret’s name or ARN', examples: ['prod/orders/db'] })
  .refine((text) => (text.startsWith('arn:') ? SECRET_ARN.test(text) : SECRET_NAME.test(text)), {
    error: (issue) => `«${String(issue.input)}» is neither a secret’s name nor its ARN`,
    ...hinted('letters, digits and /_+=.@- ; or arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx'),
  })

const timezone = z.string().meta({
  description: 'IANA time zone',
  examples: ['Europe/Paris', 'Asia/Tokyo', 'UTC'],
})

/** Names and ARNs of Systems Manager documents. Source: API reference, CreateDocument, Name; GetCalendarState. */
const CALENDAR =
  /^([A-Za-z0-9_.-]{3,128}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:document\/[A-Za-z0-9_.-]{3,128})$/

const changeCalendar = z
  .string()
  .meta({ description: 'a Change Calendar’s name or ARN', examples: ['company-change-freeze'] })
  .refine((text) => CALENDAR.test(text), {
    error: (issue) => `«${String(issue.input)}» is neither a Change Calendar’s name nor its ARN`,
    ...hinted('3 to 128 letters, digits and _.- ; or arn:aws:ssm:REGION:ACCOUNT:document/NAME'),
  })

const settings = {
  timezone: timezone.optional(),
  /** Scheduler cannot give an event up in less than 60 s, nor keep it for more than a day: [bc] RetryPolicy. */
  window: duration('1m', '24h', 'how long after its instant a rotation may still start', '30m').optional(),
  timeout: duration('1s', '24h', 'how long one rotation may take', '15m').optional(),
  precision: z.enum(['minute', 'second']).meta({ description: 'minute or second' }).optional(),
  concurrency: wholeNumber(1, 1000, 'how many secrets of a schedule rotate at once').optional(),
  maxErrors: wholeNumber(
    1,
    1000,
    'launch nothing more once this many rotations of a wave went wrong',
  ).optional(),
  changeCalendars: z
    .array(changeCalendar)
    .refine((names) => new Set(names).size === names.length, {
      error: 'a Change Calendar stands twice here',
      ...hinted('remove one of the two'),
    })
    .meta({
      description: 'a list of AWS Systems Manager Change Calendars: nothing starts while one is closed',
      examples: [['company-change-freeze']],
    })
    .optional(),
}

export const freezeEntry = z
  .strictObject({
    name: z
      .string()
      .min(1, 'a name is expected')
      .meta({ description: 'a name of its own', examples: ['year-end'] }),
    from: localTime('its beginning, local: a date is its midnight'),
    to: localTime('its end, local and exclusive: 2027-01-04 ends as 4 January begins'),
    timezone: timezone.optional(),
    yearly: z
      .boolean()
      .meta({ description: 'true or false: whether it comes back every year' })
      .default(false),
    reason: z
      .string()
      .meta({ description: 'why, for people', examples: ['change freeze'] })
      .optional(),
  })
  .meta({ description: 'a time when nothing rotates: { name, from, to }' })

/** 64 characters is Scheduler's limit on a name, less the room for an early companion's ending. */
export const SCHEDULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,55}$/

const ignoredFreeze = z
  .strictObject({
    name: z.string().meta({ description: 'a freeze’s name', examples: ['year-end'] }),
    reason: z
      .string()
      .min(1, 'say why: auditors will ask')
      .meta({ description: 'why', examples: ['agreed with the change board, CHG-1234'] }),
  })
  .meta({ description: 'a freeze to rotate through: { name, reason }' })

const secretList = z
  .array(secret)
  .min(1, 'at least one secret is expected')
  .meta({ description: 'a list of secrets’ names or ARNs', examples: [['prod/orders/db']] })

/** Chosen as each wave starts: for fleets whose secrets come and go. */
const selector = z
  .strictObject({
    tags: z
      .record(z.string().min(1), z.string())
      .meta({ description: 'a map of tags and their values', examples: [{ rotation: 'month-end' }] })
      .optional(),
    prefix: z
      .string()
      .regex(SECRET_NAME, 'not the beginning of a secret’s name')
      .meta({ description: 'how the secrets’ names begin', examples: ['prod/orders/'] })
      .optional(),
  })
  .refine(({ tags, prefix }) => prefix !== undefined || Object.keys(tags ?? {}).length > 0, {
    error: 'chooses no secrets',
    ...hinted('name at least one tag, or a prefix: { tags: { rotation: month-end } }'),
  })
  .meta({ description: 'a choice of secrets: { tags, prefix }' })

/** Ten minutes: an invocation of the orchestrator itself lasts fifteen at most. */
const hook = z
  .strictObject({
    invoke: z
      .string()
      .regex(/^[A-Za-z0-9:_-]{1,200}$/, 'not a Lambda function’s name or ARN')
      .meta({ description: 'a Lambda function’s name or ARN', examples: ['refresh-orders-cache'] }),
    timeout: duration('1s', '10m', 'how long the hook may take', '2m').optional(),
  })
  .meta({ description: 'a Lambda function to run: { invoke, timeout }' })

/** Nobody could act on an answer after the window, so it is never awaited for longer: see `rules.ts`. */
const approval = z
  .strictObject({
    timeout: duration(
      '1m',
      '24h',
      'how long after its instant an answer is awaited; default: until the window closes',
      '20m',
    ).optional(),
  })
  .meta({ description: 'a person’s go-ahead before each scheduled wave: { timeout }' })

export const scheduleEntry = z
  .strictObject({
    when: z.string().meta({
      description: 'when it rotates, as EventBridge Scheduler reads it',
      examples: ['cron(0 3 ? * SUN *)', 'rate(12 hours)', 'at(2026-12-01T03:00:00)'],
    }),
    start: z
      .string()
      .meta({ description: 'the first instant of a rate()', examples: ['2026-01-01T00:00:00Z'] })
      .optional(),
    secrets: z
      .union([secretList, selector])
      .meta({ description: 'a list of secrets’ names or ARNs, or { tags, prefix }' }),
    enabled: z.boolean().meta({ description: 'true or false: whether it rotates at all' }).default(true),
    ignoreFreezes: z
      .array(ignoredFreeze)
      .meta({ description: 'a list of freezes to rotate through, each as { name, reason }' })
      .default([]),
    approval: approval.optional(),
    before: z
      .array(hook)
      .meta({
        description: 'hooks that run before each rotation and may veto it, each as { invoke, timeout }',
      })
      .default([]),
    after: z
      .array(hook)
      .meta({ description: 'hooks that run after each rotation, each as { invoke, timeout }' })
      .default([]),
    ...settings,
  })
  .meta({ description: 'a schedule needs `when` and `secrets`' })

export const configFile = z
  .strictObject({
    defaults: z
      .strictObject(settings)
      .meta({ description: 'what schedules have that do not say otherwise' })
      .default({}),
    freezes: z
      .array(freezeEntry)
      .meta({ description: 'a list of freezes, each as { name, from, to }' })
      .default([]),
    schedules: z
      .record(z.string(), scheduleEntry)
      .meta({ description: 'a map of schedules by name, see config/dev.yml' }),
  })
  .meta({ description: 'keys such as defaults, freezes and schedules, see config/dev.yml' })

export type ConfigFile = z.output<typeof configFile>

/** The keys that a map at this path may have. */
export function keysAt(path: Path): string[] {
  const found = schemaAt(path)
  // Of the two kinds of `secrets`, only a choice has keys.
  const schema = found instanceof z.ZodUnion ? selector : found
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** What belongs at this path, and an example. */
export function meaningAt(path: Path): string {
  const { description = '', examples = [] } = z.globalRegistry.get(schemaAt(path)) ?? {}
  const [example] = examples as unknown[]
  if (example === undefined) return description
  return `${description}, such as ${typeof example === 'string' ? example : JSON.stringify(example)}`
}

function schemaAt(path: Path): z.core.$ZodType {
  return path.reduce<z.core.$ZodType>((schema, part) => {
    if (schema instanceof z.ZodObject) return inner(schema.shape[part])
    if (schema instanceof z.ZodRecord) return inner(schema.valueType)
    if (schema instanceof z.ZodUnion) {
      // Of `secrets`: a list is walked by numbers, a choice by names.
      const option = typeof part === 'number' ? secretList.element : selector.shape[part as 'tags' | 'prefix']
      return option === undefined ? schema : inner(option)
    }
    return schema instanceof z.ZodArray ? inner(schema.element) : schema
  }, configFile)
}

/** The schema that carries the description, without what makes it optional or transforms it. */
function inner(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return inner(schema.unwrap())
  return schema instanceof z.ZodPipe ? inner(schema.in) : schema
}
