import { z } from 'zod'
import { WEEKDAYS } from '../calendar/cron-field.ts'
import { SECRET_NAME } from '../model/secret.ts'
import { duration, timezone, withHint, words } from './values.ts'

/** The shape of `rules:`, what a stage asks of its own schedules; and of `waive:`, where one is let off. */

const TIME = '([01]\\d|2[0-3]):[0-5]\\d'

function timeOfDay(pattern: string, description: string, example: string) {
  return z
    .string()
    .meta({ description, examples: [example], pattern })
    .refine((text) => new RegExp(pattern).test(text), {
      error: ({ input }) => `"${String(input)}" is no time of day here`,
      abort: true,
      ...withHint(`${description}: hours and minutes, two digits each, such as ${example}`),
    })
}

const DAY = `(${WEEKDAYS.join('|')})`
const DAYS = `^${DAY}(-${DAY})?(,${DAY}(-${DAY})?)*$`

const hours = z
  .strictObject({
    from: timeOfDay(`^${TIME}$`, 'its beginning, local; default: 00:00', '08:00').optional(),
    to: timeOfDay(
      `^(${TIME}|24:00)$`,
      'its end, local and exclusive, on the next day where it is no later than from; default: 24:00',
      '18:00',
    ).optional(),
    days: z
      .string()
      .meta({ description: 'the days on which it begins; default: every day', examples: ['MON-FRI'] })
      .regex(new RegExp(DAYS), 'no list of weekdays')
      .optional(),
    timezone: timezone.optional(),
  })
  .refine(({ from = '00:00', to = '24:00' }) => from !== to, {
    error: 'these hours end as they begin',
    ...withHint('for whole days leave `from` and `to` out: { days: "SAT,SUN" }'),
  })
  .refine(({ from = '00:00', to = '24:00', days }) => from !== '00:00' || to !== '24:00' || days, {
    error: 'every hour of every day: nothing could rotate',
    ...withHint('name hours, or days: { from: 08:00, to: 18:00, days: MON-FRI }'),
  })
  .meta({ description: 'local hours: { from, to, days, timezone }' })

const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,55}$/

const asked = (what: string) =>
  z
    .literal(true)
    .meta({ description: `true: ${what}` })
    .optional()

/** What a rule may ask for. */
const demands = {
  maxAge: duration('1h', '1000d', 'how long there may be no rotation, by the calendar', '90d').optional(),
  never: z
    .array(hours)
    .min(1, 'at least one entry is expected')
    .meta({
      description: 'a list of local hours in which no rotation may start',
      examples: [[{ from: '08:00', to: '18:00', days: 'MON-FRI' }]],
    })
    .optional(),
  approval: asked('a schedule must ask for an approval'),
  owner: asked('a schedule must have an owner'),
  window: duration('1m', '24h', 'how long a schedule’s window must be at least', '1h').optional(),
}

export const houseRule = z
  .strictObject({
    name: z
      .string()
      .regex(RULE_NAME, 'not a rule’s name: up to 56 letters, digits and _.- ')
      .meta({ description: 'a name of its own, by which it is waived', examples: ['pci-90-days'] }),
    schedules: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9_.*-]{1,80}$/, 'no schedule’s name, nor part of one')
          .meta({ description: 'a schedule’s name; * stands for any text', examples: ['pay-*'] }),
      )
      .min(1, 'at least one name is expected')
      .meta({ description: 'a list of schedules’ names, * for any text', examples: [['pay-*']] })
      .optional(),
    secrets: z
      .array(
        z
          .string()
          .regex(SECRET_NAME, 'not the beginning of a secret’s name')
          .meta({ description: 'how secrets’ names begin', examples: ['prod/pay/'] }),
      )
      .min(1, 'at least one prefix is expected')
      .meta({ description: 'a list of how secrets’ names begin', examples: [['prod/pay/']] })
      .optional(),
    ...demands,
  })
  .refine((rule) => Object.keys(demands).some((key) => rule[key as keyof typeof demands] !== undefined), {
    error: 'asks for nothing',
    ...withHint(`add at least one of ${Object.keys(demands).join(', ')}`),
  })
  .meta({
    description: 'a rule for schedules: { name, schedules, secrets, maxAge, never, approval, owner, window }',
  })

export const waivers = z
  .array(
    z
      .strictObject({
        rule: z.string().meta({ description: 'a rule’s name', examples: ['pci-90-days'] }),
        reason: words(500, 'why it does not count here', 'accepted by the CISO until May, RISK-31'),
      })
      .meta({ description: 'a rule that does not count here: { rule, reason }' }),
  )
  .meta({ description: 'a list of rules that do not count here, each as { rule, reason }' })
