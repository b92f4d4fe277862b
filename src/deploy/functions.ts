import type { Config } from '../config/config.ts'
import { logRetentionOf, type StageSettings } from '../config/stage-settings.ts'
import { watchesReads } from '../model/adoption.ts'
import { handsOver } from '../model/handover.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { attribute, IDS, type Json, ref } from './template.ts'

/** Tourbillon's own functions: each one's key for osls, and its handler's file. */
export const HANDLERS = {
  rotate: 'rotate',
  rotateNow: 'rotate-now',
  audit: 'audit',
  observe: 'observe',
  /** Only of a stage that asks who fetches: see `watchesReads`. */
  reads: 'reads',
  handover: 'handover',
} as const

/** A function as osls has it in `functions:`, of which the plugin touches a few keys. */
export type OslsFunction = {
  handler: string
  package?: { individually?: boolean; artifact?: string }
  maximumEventAge?: number
  reservedConcurrency?: number
  [key: string]: unknown
}

/**
 * The functions of a stage, as osls has them. Whatever of `provider:` a function can have for itself stands here, so that
 * what a user's own functions need changes nothing of these.
 */
export function functionsOf(
  names: ResourceNames,
  settings: StageSettings,
  config?: Pick<Config, 'schedules'>,
): { [Name in keyof typeof HANDLERS]?: OslsFunction } {
  const common = (does: string, name: string, role: string) => ({
    ...commonOf(does, name, role),
    ...settled(settings),
  })
  return {
    rotate: {
      ...common('rotates the secrets of an occurrence', names.rotateFunction, IDS.rotateRole),
      memorySize: 512,
      // Of one invocation, not of a rotation: it is awake for the last seconds before the instant, and sleeps for free.
      timeout: 900,
      durableConfig: {
        // A go-ahead awaited for days, a window, a timeout, and time to spare. Nothing sleeps for what is planned later.
        executionTimeout: 1_209_600,
        retentionPeriodInDays: 30,
      },
      // How long an event may wait where Lambda is full, and what is reserved, comes from the config: capacity.ts.
      onError: attribute(IDS.deadLetters, 'Arn'),
    },
    rotateNow: {
      ...common('starts a rotation on demand', names.rotateNowFunction, IDS.rotateNowRole),
      memorySize: 256,
      timeout: 30,
      // Whoever asks gets the answer, and asks again.
      maximumRetryAttempts: 0,
    },
    // By a rule, not by Scheduler, whose absence it would see.
    audit: {
      ...common('finds and makes good what was missed', names.auditFunction, IDS.auditRole),
      memorySize: 512,
      // It stops by itself before that, and the next one goes on.
      timeout: 270,
      maximumRetryAttempts: 0,
      // Never newer than what it tells the executions that wait: one that starts during a deploy is bound by its end (0096).
      dependsOn: IDS.rotateAlias,
      events: [{ schedule: 'rate(5 minutes)' }],
    },
    // Rotations that others started, and how ours fail. The second kind of event needs a CloudTrail trail.
    observe: {
      ...common("observes Secrets Manager's events", names.observeFunction, IDS.observeRole),
      memorySize: 256,
      timeout: 60,
      maximumRetryAttempts: 2,
      events: [
        {
          eventBridge: {
            pattern: {
              source: ['aws.secretsmanager'],
              'detail-type': ['Secret Label Updated', 'AWS Service Event via CloudTrail'],
            },
          },
        },
      ],
    },
    ...(config &&
      watchesReads(config) && {
        // Its queue stands in reads.ts. What it does not know by then comes again.
        reads: {
          ...common('notes who fetches secrets', names.readsFunction, IDS.readsRole),
          memorySize: 256,
          timeout: READS_SECONDS,
        },
      }),
    ...(config !== undefined && handsOver(config) && { handover: handover(common, names) }),
  }
}

/** Only where a schedule has consumers that are refreshed. What it leaves, and what never began, is the audit's. */
function handover(common: (does: string, name: string, role: string) => OslsFunction, names: ResourceNames) {
  return {
    ...common('lets consumers take new values', names.handoverFunction, IDS.handoverRole),
    memorySize: 256,
    // A function of the user's may take five minutes to answer.
    timeout: 900,
    // Longer than the limit of any: 50 consumers, five at once, an hour each.
    durableConfig: { executionTimeout: 86_400, retentionPeriodInDays: 30 },
  }
}

/** How long a batch may take. */
export const READS_SECONDS = 60

function commonOf(does: string, name: string, role: string): OslsFunction {
  return {
    name,
    // The bundle's: see bundle.ts.
    handler: 'index.handler',
    package: { individually: true },
    description: `Tourbillon: ${does}`,
    role,
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    logs: { logFormat: 'JSON' },
    environment: environment(),
  }
}

function settled(settings: StageSettings) {
  const { vpc, kmsKeyArn } = settings
  return {
    logRetentionInDays: logRetentionOf(settings),
    ...(vpc && { vpc }),
    ...(kmsKeyArn && { kmsKeyArn }),
  }
}

function environment(): { [name: string]: Json } {
  return {
    // Stack traces with the lines of the TypeScript.
    NODE_OPTIONS: '--enable-source-maps',
    // Who is told by default: see docs/notifications.md.
    TOURBILLON_ALERT_TOPIC: ref(IDS.alerts),
  }
}
