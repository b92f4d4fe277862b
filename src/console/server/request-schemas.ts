import { z } from 'zod'
import { ROTATION_ID } from '../../model/identity.ts'
import { says } from '../../model/text.ts'

/** What may be asked: every value that comes in is checked against these. */

/** Epoch ms, in the years that the calendar knows: records compare instants letter by letter, so a year has four digits. */
const instant = z
  .int('an instant in epoch ms is expected')
  .min(0)
  .max(Date.UTC(2200, 0) - 1)

/** The same, as it stands in a query. */
const digits = z
  .string()
  .regex(/^-?\d{1,16}$/, 'an instant in epoch ms is expected')
  .transform(Number)
  .pipe(instant)

export const nothing = z.strictObject({})

export const period = z
  .strictObject({ from: digits, to: digits })
  .refine(({ from, to }) => from < to, { error: 'it ends before it begins', path: ['to'] })

export type Period = z.output<typeof period>

export const calendar = z.strictObject({
  view: z.enum(['month', 'week']),
  date: z.string().exactOptional(),
  timezone: z.string().exactOptional(),
  schedule: z.string().exactOptional(),
})

export type CalendarQuery = z.output<typeof calendar>

export const rotation = z.strictObject({ id: z.string().regex(ROTATION_ID, 'no rotation’s id') })

const text = z.string().trim().refine(says, 'it is empty').max(2_000)

const scope = z.templateLiteral([z.enum(['schedule/', 'secret/']), z.string().min(1)]).or(z.literal('all'))

export const hold = z.strictObject({ scope, reason: text, until: instant.exactOptional() })

export type HoldBody = z.output<typeof hold>

export const release = z.strictObject({ scope, id: text })

export type ReleaseBody = z.output<typeof release>

/** An approval's, a request's or a skip's. */
const id = z.string().min(1).max(200)

export const approve = z.strictObject({ id, reason: text.exactOptional() })

export const reject = z.strictObject({ id, reason: text })

export const skip = z.strictObject({ schedule: text, at: instant, reason: text })

export type SkipBody = z.output<typeof skip>

export const move = z.strictObject({ schedule: text, from: instant, to: instant, reason: text })

export type MoveBody = z.output<typeof move>

export const cancel = z.strictObject({ id, reason: text.exactOptional() })

/** What is answered, or taken back, by its id. */
export type ByIdBody = z.output<typeof cancel>

export const run = z
  .strictObject({
    schedule: text.exactOptional(),
    secrets: z.array(text).min(1).max(1_000).exactOptional(),
    reason: text.exactOptional(),
    override: text.exactOptional(),
    requestId: text.exactOptional(),
    dryRun: z.boolean().exactOptional(),
  })
  .refine(({ schedule, secrets }) => schedule !== undefined || secrets !== undefined, {
    error: 'what shall rotate? Name a schedule, or secrets',
  })

export type RunBody = z.output<typeof run>
