import { z } from 'zod'
import { MOST_RETRIES } from '../model/attempts.ts'
import { CONSUMERS, STRATEGIES } from '../model/consumers.ts'
import { byHookKind, HOOKS } from '../model/hooks.ts'
import { oneLine } from '../model/text.ts'
import { consumer } from './consumer-schema.ts'
import { ACCOUNT_PATTERN, INSTANT_PATTERN, WHEN_PATTERN } from './patterns.ts'
import { houseRule, waivers } from './rule-schema.ts'
import { canary, canaryCount, secretList, selector } from './secrets-schema.ts'
import { stageSettings } from './stage-settings.ts'
import {
  accountId,
  changeCalendar,
  duration,
  localTime,
  regionName,
  runbook,
  timezone,
  wholeNumber,
  withHint,
  words,
} from './values.ts'
import { REHEARSED, WARNINGS } from './warnings/names.ts'

/**
 * The shape of `config/<stage>.yml`, as people write it. Every rule that needs one value only stands here; rules
 * across values (a missing time zone, an unknown freeze) stand in `rules.ts`. `hint` travels in the params;
 * descriptions and examples are what editors show (`config/schema.json`) and what other hints are made of.
 */

/** What people may be notified of. */
const NOTIFY_KINDS = ['failure', 'missed', 'approval', 'overdue', 'skipped', 'success'] as const

/** Not FIFO topics: they reach no mailbox. Source: SNS API reference, CreateTopic, Name. */
const TOPIC = /^([A-Za-z0-9_-]{1,256}|arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256})$/

const notify = z
  .strictObject({
    on: z
      .array(z.enum(NOTIFY_KINDS).meta({ description: `one of ${NOTIFY_KINDS.join(', ')}` }))
      .meta({ description: `a list of ${NOTIFY_KINDS.join(', ')}`, examples: [['failure', 'missed']] })
      .optional(),
    sns: z
      .string()
      .regex(TOPIC, 'neither an SNS topic’s name nor its ARN')
      .meta({
        description: 'an SNS topic’s name or ARN, instead of the stage’s own',
        examples: ['ops-oncall'],
      })
      .optional(),
  })
  .meta({ description: 'who hears of what: { on, sns }' })

const acknowledge = z
  .array(
    z
      .strictObject({
        warning: z
          .enum([...WARNINGS, ...REHEARSED])
          .meta({ description: `one of ${WARNINGS.join(', ')}; of rehearse: ${REHEARSED.join(', ')}` }),
        reason: z
          .string()
          .regex(/\S/, 'say why: who reads it next will ask')
          .meta({ description: 'why it is meant', examples: ['agreed with the team that uses it'] }),
      })
      .meta({ description: 'what validate or rehearse says, and is known and meant: { warning, reason }' }),
  )
  .refine((known) => new Set(known.map(({ warning }) => warning)).size === known.length, {
    error: 'a warning stands twice here',
    ...withHint('remove one of the two'),
  })
  .meta({ description: 'a list of warnings that are known and meant, each as { warning, reason }' })

/** A duration has whole seconds: what is finer no clock of ours and AWS's agrees on. */
const objective = z
  .strictObject({
    skew: duration('1s', '24h', 'how late after its instant a rotation may begin', '1s'),
  })
  .meta({ description: 'what is promised beside the window; a rotation that misses it is told: { skew }' })

const settings = {
  acknowledge: acknowledge.optional(),
  owner: words(100, 'who answers for it: a team or a person', 'payments platform, #pay-oncall').optional(),
  runbook: runbook.optional(),
  timezone: timezone.optional(),
  /** Scheduler cannot give an event up in less than 60 s, nor keep it for more than a day: API reference, RetryPolicy. */
  window: duration('1m', '24h', 'how long after its instant a rotation may still start', '30m').optional(),
  timeout: duration('1s', '24h', 'how long one rotation may take', '15m').optional(),
  retries: wholeNumber(
    0,
    MOST_RETRIES,
    'how often a rotation that failed is attempted again while its window is open, after a minute, then two, then four',
  ).optional(),
  precision: z.enum(['minute', 'second']).meta({ description: 'minute or second' }).optional(),
  objective: objective.optional(),
  concurrency: wholeNumber(1, 1000, 'how many secrets of a schedule rotate at once').optional(),
  maxErrors: wholeNumber(
    1,
    1000,
    'launch nothing more once this many rotations of a wave went wrong',
  ).optional(),
  canary: canaryCount.optional(),
  soak: duration(
    '1m',
    '23h',
    'how long the rest of a wave waits once its canaries have succeeded',
    '10m',
  ).optional(),
  pauseAfter: wholeNumber(
    0,
    100,
    'pause a secret in its schedule once so many of its rotations in a row have failed (0 never)',
  ).optional(),
  strategy: z
    .enum(STRATEGIES)
    .meta({
      description:
        'single or alternating: whether one user’s password is changed, or two users take turns, so that the old login lives on',
      examples: ['alternating'],
    })
    .optional(),
  maxAge: duration('1h', '1000d', 'how old a secret may get, whatever the schedule', '45d').optional(),
  onMissed: z
    .enum(['run', 'report'])
    .meta({
      description:
        'run or report: whether a rotation that nothing started is caught up while its window is open',
      examples: ['run'],
    })
    .optional(),
  notify: notify.optional(),
  notice: z
    .array(duration('15m', '7d', 'how long before each instant people are told', '24h'))
    .max(5, 'more lead times than anybody reads: five at most')
    .refine((leads) => new Set(leads).size === leads.length, {
      error: 'a lead time stands twice here',
      ...withHint('remove one of the two'),
    })
    .meta({
      description:
        'a list of how long before each instant people are told what will rotate; an approval is asked for at the longest',
      examples: [['48h', '1h']],
    })
    .optional(),
  changeCalendars: z
    .array(changeCalendar)
    .refine((names) => new Set(names).size === names.length, {
      error: 'a Change Calendar stands twice here',
      ...withHint('remove one of the two'),
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
      .refine((text) => oneLine(text) === text, 'a name has one line, and nothing that acts on it')
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

/** Ten minutes: an invocation of the orchestrator itself lasts fifteen at most. */
const hook = z
  .strictObject({
    invoke: z
      .string()
      .regex(CONSUMERS.invoke.form, 'not a Lambda function’s name or ARN')
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
  .meta({ description: 'a person’s go-ahead before each wave, on demand another person’s: { timeout }' })

/** CloudTrail tells within minutes, so less than an hour would name those who have fetched. */
const adoption = z
  .strictObject({
    within: duration(
      '1h',
      '30d',
      'how long after a rotation all who use the secret should have fetched it',
      '24h',
    ),
  })
  .meta({ description: 'whether who has fetched the new value is watched, by CloudTrail: { within }' })

/** Source: IAM API reference, CreateRole, RoleName; STS API reference, AssumeRole, ExternalId. */
const ROLE = /^([\w+=,.@-]{1,64}|arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512})$/

export const memberAccount = z
  .strictObject({
    role: z
      .string()
      .regex(ROLE, 'neither a role’s name nor its ARN')
      .meta({ description: 'the role to assume there, by name or ARN', examples: ['tourbillon-rotate'] })
      .default('tourbillon-rotate'),
    externalId: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/, 'not an external id: 2 to 1224 letters, digits and +=,.@:/-_')
      .meta({ description: 'what the role’s trust policy demands', examples: ['tourbillon-prod'] })
      .optional(),
  })
  .meta({ description: 'an account whose secrets rotate: { role, externalId }' })

export const scheduleEntry = z
  .strictObject({
    when: z.string().meta({
      description: 'when it rotates, as EventBridge Scheduler reads it',
      examples: ['cron(0 3 ? * SUN *)', 'rate(12 hours)', 'at(2026-12-01T03:00:00)'],
      pattern: WHEN_PATTERN,
    }),
    start: z
      .string()
      .meta({
        description: 'the first instant of a rate()',
        examples: ['2026-01-01T00:00:00Z'],
        pattern: INSTANT_PATTERN,
      })
      .optional(),
    secrets: z
      .union([secretList, selector])
      .meta({ description: 'a list of secrets’ names or ARNs, or { tags, prefix }' }),
    account: accountId('the account of its secrets, if another').optional(),
    region: regionName('the region of its secrets, if another').optional(),
    enabled: z.boolean().meta({ description: 'true or false: whether it rotates at all' }).default(true),
    ignoreFreezes: z
      .array(ignoredFreeze)
      .meta({ description: 'a list of freezes to rotate through, each as { name, reason }' })
      .default([]),
    waive: waivers.optional(),
    description: words(200, 'what it is for', 'the orders database and its readers').optional(),
    approval: approval.optional(),
    consumers: z
      .array(consumer)
      .max(50, 'more consumers than one record names: 50 at most')
      .meta({ description: 'a list of who uses its secrets, each by one of ecs, ssm, invoke, observe' })
      .optional(),
    adoption: adoption.optional(),
    ...byHookKind((kind) =>
      z
        .array(hook)
        .meta({ description: `${HOOKS[kind].description}, each as { invoke, timeout }` })
        .default([]),
    ),
    ...settings,
    canary: canary.optional(),
  })
  .meta({ description: 'a schedule needs `when` and `secrets`' })

export const configFile = z
  .strictObject({
    stage: stageSettings.prefault({}),
    defaults: z
      .strictObject(settings)
      .meta({ description: 'what schedules have that do not say otherwise' })
      .default({}),
    freezes: z
      .array(freezeEntry)
      .meta({ description: 'a list of freezes, each as { name, from, to }' })
      .default([]),
    rules: z
      .array(houseRule)
      .meta({
        description: 'a list of what schedules must keep to, see node_modules/aws-tourbillon/docs/rules.md',
      })
      .default([]),
    accounts: z
      .record(z.string().meta({ pattern: ACCOUNT_PATTERN }), memberAccount)
      .meta({
        description: 'a map of other accounts by id: what to assume there',
        examples: [{ '111122223333': { role: 'tourbillon-rotate' } }],
      })
      .default({}),
    schedules: z
      .record(z.string().meta({ pattern: SCHEDULE_NAME.source }), scheduleEntry)
      .meta({ description: 'a map of schedules by name: { NAME: { when, secrets } }' }),
  })
  .meta({ description: 'keys such as defaults, freezes and schedules' })

export type ConfigFile = z.output<typeof configFile>
