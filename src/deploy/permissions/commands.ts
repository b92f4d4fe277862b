import { CALENDAR_PERMISSIONS } from '../../aws/change-calendars.ts'
import { PROXY_PERMISSIONS } from '../../aws/db-proxies.ts'
import { ESTATE_PERMISSIONS } from '../../aws/estate.ts'
import { HISTORY_PERMISSIONS } from '../../aws/event-history.ts'
import { actionsOn, type Permission } from '../../aws/permission.ts'
import { PLACE_PERMISSIONS } from '../../aws/places.ts'
import { RESUME_PERMISSIONS } from '../../aws/resume-callback.ts'
import { SCHEDULE_PERMISSIONS } from '../../aws/schedules.ts'
import { SECRETS_PERMISSIONS, UNSTICK_PERMISSIONS } from '../../aws/secrets.ts'
import { TASK_DEFINITION_PERMISSIONS } from '../../aws/task-definitions.ts'
import { INVOKE_PERMISSIONS } from '../../aws/with-aws.ts'
import { TABLE_ACTIONS } from '../../ledger/table.ts'
import type { Target } from './targets.ts'

/** Actions that a command's calls ask of whoever gives it, on a part of the stage. */
export type Need = { actions: readonly string[]; on: Target }

const all = (permissions: Record<string, readonly Permission[]>) =>
  Object.values(permissions)
    .flat()
    .map(({ action }) => action)

const QUERY: Need = { actions: TABLE_ACTIONS.query, on: 'indexes of the ledger' }
const GET: Need = { actions: ['dynamodb:GetItem'], on: 'ledger' }
const GET_MANY: Need = { actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem'], on: 'ledger' }
const change = (on: Target): Need => ({ actions: ['dynamodb:UpdateItem'], on })

/** That a deed is whose it is, beside it. */
const PROVE = change('proofs in the ledger')

const LIST_SECRETS: Need = { actions: actionsOn('any', SECRETS_PERMISSIONS), on: 'names of secrets' }
const DESCRIBE: Need = { actions: actionsOn('secret', SECRETS_PERMISSIONS, { looking: true }), on: 'secrets' }
const ASSUME: Need = { actions: all(PLACE_PERMISSIONS), on: 'roles of other accounts' }
const SCHEDULES: Need[] = [
  { actions: actionsOn('any', SCHEDULE_PERMISSIONS), on: 'anything' },
  { actions: actionsOn('schedule', SCHEDULE_PERMISSIONS), on: 'schedules' },
]
const CALENDARS: Need = { actions: all(CALENDAR_PERMISSIONS), on: 'Change Calendars' }
/** What stands in the way of a rotation, as the gate would say. */
const FORECAST: Need[] = [GET_MANY, LIST_SECRETS, ASSUME, CALENDARS]
const RESUME: Need = { actions: all(RESUME_PERMISSIONS), on: 'executions' }

/** Each command that asks AWS for something. Those of an option stand beside the command, as `run --dry-run` does. */
export const NEEDS = {
  'init --from-aws': [{ actions: all(ESTATE_PERMISSIONS), on: 'anything' }],
  next: [QUERY],
  calendar: [QUERY],
  // Durations, last rotations, and what selectors choose.
  rehearse: [QUERY, LIST_SECRETS, ASSUME],
  plan: [...SCHEDULES, GET, QUERY],
  doctor: [
    GET_MANY,
    QUERY,
    ...SCHEDULES,
    DESCRIBE,
    LIST_SECRETS,
    ASSUME,
    {
      actions: ['lambda:GetFunctionConfiguration', 'lambda:GetFunctionConcurrency'],
      on: 'orchestrator, rotation functions',
    },
    { actions: ['lambda:GetPolicy'], on: 'rotation functions' },
    { actions: ['lambda:GetAccountSettings'], on: 'anything' },
    { actions: ['iam:SimulatePrincipalPolicy'], on: 'roles of rotation functions' },
    {
      actions: [
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeSecurityGroups',
      ],
      on: 'anything',
    },
    { actions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'], on: 'undelivered events' },
    { actions: ['sns:ListSubscriptionsByTopic'], on: 'alerts' },
  ],
  // What CloudFormation then makes is beside it: src/verify/permissions.ts.
  verify: [
    { actions: ['cloudformation:DescribeStacks'], on: 'anything' },
    {
      actions: ['CreateStack', 'DeleteStack', 'TagResource'].map((it) => `cloudformation:${it}`),
      on: 'throw-away stacks',
    },
    {
      actions: [
        ...['CreateAlias', 'GetFunction', 'InvokeFunction', 'ListDurableExecutionsByFunction'],
        ...['PublishVersion', 'StopDurableExecution', 'UpdateAlias', 'UpdateFunctionCode'],
        'UpdateFunctionConfiguration',
      ].map((it) => `lambda:${it}`),
      on: 'throw-away functions',
    },
    { actions: ['scheduler:CreateSchedule'], on: 'throw-away schedules' },
    { actions: ['dynamodb:Scan'], on: 'throw-away tables' },
    { actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'], on: 'facts in the ledger' },
  ],
  // Of a run that is planned for later, too, it is said what stands in its way.
  run: [{ actions: all(INVOKE_PERMISSIONS), on: 'rotateNow' }, QUERY, ...FORECAST],
  'run --dry-run': [QUERY, ...FORECAST],
  skip: [GET, QUERY, change('exceptions in the ledger'), PROVE],
  move: [
    ...[GET_MANY, QUERY, CALENDARS],
    ...[change('requests in the ledger'), change('exceptions in the ledger'), PROVE],
  ],
  cancel: [GET, QUERY, change('requests in the ledger'), change('exceptions in the ledger'), PROVE],
  status: [GET_MANY, QUERY],
  history: [QUERY],
  show: [GET, QUERY],
  undo: [GET, QUERY],
  consumers: [{ actions: ['dynamodb:BatchGetItem'], on: 'ledger' }, QUERY],
  'consumers --find': [
    {
      actions: [...all(TASK_DEFINITION_PERMISSIONS), ...all(PROXY_PERMISSIONS), ...all(HISTORY_PERMISSIONS)],
      on: 'whoever uses a secret',
    },
    DESCRIBE,
  ],
  report: [GET_MANY, QUERY, LIST_SECRETS, DESCRIBE, ASSUME],
  approve: [GET, QUERY, change('approvals in the ledger'), RESUME],
  reject: [GET, change('approvals in the ledger'), RESUME],
  hold: [GET, QUERY, change('holds in the ledger'), PROVE],
  release: [GET_MANY, QUERY, change('holds in the ledger'), PROVE],
  unstick: [{ actions: [...new Set(all(UNSTICK_PERMISSIONS))], on: 'secrets' }],
} as const satisfies Record<string, Need[]>

/** What the console's views read, and what it can do: each as the command does it. */
export const CONSOLE = {
  'Now, Calendar, History, Skew': ['status', 'next', 'calendar', 'history'],
  'one rotation': ['show'],
  Report: ['report'],
  Schedules: ['plan'],
  'hold, release': ['hold', 'release'],
  run: ['run'],
  'skip, move, cancel': ['skip', 'move', 'cancel'],
  'approve, reject': ['approve', 'reject'],
} as const satisfies Record<string, (keyof typeof NEEDS)[]>

const READING = [
  'status',
  'history',
  'show',
  'undo',
  'consumers',
  'next',
  'calendar',
  'rehearse',
  'plan',
] as const

/** Whom a policy is for, by what they do: the commands, and what it is to them in words. */
export const PEOPLE = {
  operator: [
    ...READING,
    'report',
    'consumers --find',
    'doctor',
    'run',
    'run --dry-run',
    'skip',
    'move',
    'cancel',
    'hold',
    'release',
  ],
  approver: ['approve', 'reject', 'status'],
  // The console's Report among them: `console --read-only` is a reader's.
  reader: [...READING, 'report'],
  auditor: ['report', 'history', 'show'],
  verifier: ['verify'],
  // A function that a channel's buttons invoke: docs/chat.md.
  chat: ['hold', 'reject'],
} as const satisfies Record<string, (keyof typeof NEEDS)[]>

export type Person = keyof typeof PEOPLE
