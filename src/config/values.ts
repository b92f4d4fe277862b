import { z } from 'zod'
import { localTimeIn } from '../calendar/instant.ts'
import { isSecretId, partialArn, SECRET_FORM } from '../model/secret.ts'
import { oneLine, says } from '../model/text.ts'
import { durationHint, parseDuration } from './duration.ts'
import {
  ACCOUNT_PATTERN,
  durationPattern,
  LOCAL_TIME_PATTERN,
  REGION_PATTERN,
  SECRET_PATTERN,
} from './patterns.ts'

/** The single values of a config file: what each may be, and what to say where it is not. */

/** What YAML’s values are called in messages. */
export const TYPE_NAMES: Record<string, string> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return TYPE_NAMES[typeof value] ?? typeof value
}

/** A hint of our own, in an issue’s params. */
export const withHint = (hint: string) => ({ params: { hint } })

/** Seconds from `30m`, `1h30m`, …, between two bounds that are durations themselves. */
export function duration(least: string, most: string, description: string, example: string) {
  const [min, max] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0]
  const form = { type: 'string', pattern: durationPattern(max) } as const
  return z
    .unknown()
    .meta({ description, examples: [example], ...form })
    .transform((value, context) => {
      const refuse = (message: string, hint: string) => {
        context.addIssue({ code: 'custom', message, ...withHint(hint) })
        return z.NEVER
      }
      if (typeof value !== 'string' && typeof value !== 'number')
        return refuse(`a text is expected, not ${typeName(value)}`, `${description}, such as ${example}`)
      const seconds = typeof value === 'string' ? parseDuration(value) : undefined
      if (seconds === undefined) {
        const what = /^\d+$/.test(`${value}`) ? 'has no unit' : 'is not a duration'
        return refuse(`"${value}" ${what}`, durationHint(`${value}`, min, max))
      }
      if (seconds < min || seconds > max)
        return refuse(`"${value}" is out of range`, `between ${least} and ${most}`)
      return seconds
    })
}

export function wholeNumber(least: number, most: number, description: string) {
  return z
    .number()
    .meta({ description, type: 'integer', minimum: least, maximum: most })
    .check((context) => {
      const { value } = context
      const range = withHint(`between ${least} and ${most}`)
      const message = Number.isInteger(value) ? `${value} is out of range` : 'a whole number is expected'
      if (Number.isInteger(value) && value >= least && value <= most) return
      context.issues.push({ code: 'custom', input: value, message, ...range })
    })
}

/**
 * A line that people read, of at most so many characters. Some stand in a stack's template, where CloudFormation puts a
 * secret's value in the place of {{resolve:secretsmanager:NAME}}.
 * Source: CloudFormation User Guide, dynamic-references-secretsmanager.
 */
export function words(most: number, description: string, example: string) {
  return z
    .string()
    .max(most, `longer than ${most} characters`)
    .meta({ description, examples: [example] })
    .refine(says, { error: 'says nothing', ...withHint(`${description}, such as ${example}`) })
    .refine((text) => oneLine(text) === text, {
      error: 'has more than one line, or characters that act on the text around them',
      ...withHint('write one line of plain text'),
    })
    .refine((text) => !text.includes('{{'), {
      error: 'holds {{: CloudFormation would put a value in its place, a secret’s too',
      ...withHint('leave the braces out'),
    })
}

/** No name or password in it: a config is read by many. */
const RUNBOOK = /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?([/?#][!-~]*)?$/

/** An address, so that pages and mails can link it; what is to be done stands there. */
export const runbook = z
  .string()
  .max(500, 'longer than 500 characters')
  .meta({
    description: 'where it stands what to do when something goes wrong: an https address',
    examples: ['https://wiki.example.com/runbooks/orders-db'],
  })
  .regex(RUNBOOK, 'not an https address')

/** Local date or date-time, as `src/calendar/freezes.ts` reads them. */
export function localTime(description: string) {
  return z
    .string()
    .meta({ description, examples: ['2026-12-25', '2026-12-25T18:00'], pattern: LOCAL_TIME_PATTERN })
    .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text), {
      error: ({ input }) => `"${String(input)}" is not a local date or date-time`,
      abort: true,
      ...withHint('write 2026-12-25 or 2026-12-25T18:00, without an offset: the zone stands in `timezone`'),
    })
    .refine((text) => localTimeIn(text) !== undefined, {
      error: ({ input }) => `there is no such date as ${String(input)}`,
      ...withHint('check month, day and time; a day ends as the next begins, at T00:00'),
    })
}

export const secret = z
  .string()
  .meta({ description: 'a secret’s name or ARN', examples: ['prod/orders/db'], pattern: SECRET_PATTERN })
  .refine(isSecretId, {
    error: (issue) => `"${String(issue.input)}" is neither a secret’s name nor its ARN`,
    abort: true,
    ...withHint(SECRET_FORM),
  })
  .check((context) => {
    const partial = partialArn(context.value)
    if (partial === undefined) return
    const message = `"${context.value}" ${partial.problem}`
    context.issues.push({ code: 'custom', input: context.value, message, ...withHint(partial.hint) })
  })

export const timezone = z.string().meta({
  id: 'timezone',
  description: 'IANA time zone',
  examples: ['Europe/Paris', 'Asia/Tokyo', 'UTC'],
})

/** Names and ARNs of Systems Manager documents. Source: API reference, CreateDocument, Name; GetCalendarState. */
const CALENDAR =
  /^([A-Za-z0-9_.-]{3,128}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:document\/[A-Za-z0-9_.-]{3,128})$/

export const changeCalendar = z
  .string()
  .meta({ description: 'a Change Calendar’s name or ARN', examples: ['company-change-freeze'] })
  .refine((text) => CALENDAR.test(text), {
    error: (issue) => `"${String(issue.input)}" is neither a Change Calendar’s name nor its ARN`,
    ...withHint('3 to 128 letters, digits and _.- ; or arn:aws:ssm:REGION:ACCOUNT:document/NAME'),
  })

export const accountId = (description: string) =>
  z
    .string()
    .meta({ description, examples: ['111122223333'], pattern: ACCOUNT_PATTERN })
    .refine((text) => new RegExp(ACCOUNT_PATTERN).test(text), {
      error: ({ input }) => `"${String(input)}" is no account’s id`,
      ...withHint("12 digits, in quotes: '111122223333'"),
    })

export const regionName = (description: string) =>
  z
    .string()
    .meta({ description, examples: ['eu-west-1'], pattern: REGION_PATTERN })
    .refine((text) => new RegExp(REGION_PATTERN).test(text), {
      error: ({ input }) => `"${String(input)}" is no region`,
      ...withHint('write it as AWS does: eu-west-1, us-gov-east-1'),
    })
