import { z } from 'zod'
import { SECRET_NAME, secretNameOf } from '../model/secret.ts'
import { filtersOf } from '../model/selector.ts'
import { MOST_FILTERS, TAG_KEY_PATTERN, TAG_VALUE_PATTERN, tagProblem } from './selector.ts'
import { secret, wholeNumber, withHint } from './values.ts'

/** Which secrets a schedule has, and which of them go first. As `schema.ts`. */

export const secretList = z
  .array(secret)
  .min(1, 'at least one secret is expected')
  .meta({
    description: 'a list of secrets’ names or ARNs',
    examples: [['prod/orders/db']],
    uniqueItems: true,
  })

/** A canary is few: each of the rest asks for all of them. */
const MOST_CANARIES = 10

export const canaryCount = wholeNumber(
  0,
  MOST_CANARIES,
  'how many secrets of a wave rotate before the rest, which waits until they have succeeded',
)

/** Their number, or who they are. */
export const canary = z
  .union([
    canaryCount,
    z
      .array(secret)
      .min(1, 'at least one secret is expected')
      .max(MOST_CANARIES, 'more canaries than a wave should have: ten at most')
      .refine((names) => new Set(names.map(secretNameOf)).size === names.length, {
        error: 'a secret stands twice here',
        ...withHint('remove one of the two'),
      }),
  ])
  .meta({
    description:
      'how many secrets of a wave rotate before the rest, or a list of which: the rest waits until they have succeeded',
    examples: [1, ['prod/orders/db']],
  })

/** Chosen as each wave starts: for fleets whose secrets come and go. */
export const selector = z
  .strictObject({
    tags: z
      .record(
        z.string().min(1).meta({ pattern: TAG_KEY_PATTERN }),
        z.string().meta({ pattern: TAG_VALUE_PATTERN }),
      )
      .check(({ value: tags, issues }) => {
        for (const [key, value] of Object.entries(tags)) {
          for (const problem of [tagProblem(key, 'key'), tagProblem(value, 'value')]) {
            if (problem === undefined) continue
            const { message, hint } = problem
            issues.push({ code: 'custom', input: value, path: [key], message, ...withHint(hint) })
          }
        }
      })
      .meta({ description: 'a map of tags and their values', examples: [{ rotation: 'month-end' }] })
      .optional(),
    prefix: z
      .string()
      .regex(SECRET_NAME, 'not the beginning of a secret’s name')
      .meta({ description: 'how the secrets’ names begin', examples: ['prod/orders/'] })
      .optional(),
  })
  .refine((selector) => filtersOf(selector).length <= MOST_FILTERS, {
    error: 'more tags than one ListSecrets takes',
    ...withHint(
      `${MOST_FILTERS} filters at most: two for each tag (one where its value is empty), one for the prefix`,
    ),
  })
  .refine(({ tags, prefix }) => prefix !== undefined || Object.keys(tags ?? {}).length > 0, {
    error: 'chooses no secrets',
    ...withHint('name at least one tag, or a prefix: { tags: { rotation: month-end } }'),
  })
  .meta({ description: 'a choice of secrets: { tags, prefix }' })
