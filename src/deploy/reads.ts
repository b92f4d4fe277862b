import type { Config } from '../config/config.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { watchesReads } from '../model/adoption.ts'
import type { ResourceNames } from '../model/resource-names.ts'
import { secretNameOf } from '../model/secret.ts'
import { READS_SECONDS } from './functions.ts'
import { FOURTEEN_DAYS } from './storage.ts'
import { attribute, IDS, type Json, ownArn, type Resources, ref, sub } from './template.ts'

/** Source: EventBridge User Guide, eb-quota, "Event pattern size": characters. */
const MOST_PATTERN = 2_048

/** Of 300 that the account's bus has for everybody (the same quotas). */
const MOST_RULES = 20

/** Records come together for so long, seconds, so that a principal who reads all the time is one write a minute. */
const BATCH_SECONDS = 60

/**
 * Some seven minutes apart: a day. A read that is given up while DynamoDB is down for hours names somebody falsely; what
 * cannot be read at all does not come again.
 */
const MOST_TRIES = 200

/**
 * CloudTrail's records of who reads the secrets of schedules with `adoption`, on their way to the function `reads`; nothing
 * where there is no such schedule. Read-only management events come to no rule but one in this state, and only where a
 * trail records them. Names and ARNs are matched as the caller wrote them; the function looks again.
 * Source: EventBridge User Guide, eb-service-event-cloudtrail-management.
 */
export function reads(config: Config, names: ResourceNames, { kmsKeyArn }: StageSettings): Resources {
  if (!watchesReads(config)) return {}
  const patterns = patternsOf(config)
  const rules = patterns.map((EventPattern, index): [string, Resources[string]] => [
    `ReadsRule${index + 1}`,
    {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: `Tourbillon ${config.stage}: who fetches the secrets of schedules with adoption`,
        State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
        EventPattern,
        Targets: [{ Id: 'reads', Arn: attribute(IDS.readsQueue, 'Arn') }],
      },
    },
  ])
  const encrypted = kmsKeyArn ? { KmsMasterKeyId: kmsKeyArn } : { SqsManagedSseEnabled: true }
  return {
    [IDS.readsQueue]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: names.readsQueue,
        // Six times the function's, and the wait for a batch. Source: Lambda Developer Guide, services-sqs-configure.
        VisibilityTimeout: 6 * READS_SECONDS + BATCH_SECONDS,
        RedrivePolicy: {
          deadLetterTargetArn: attribute('ReadsDeadLetters', 'Arn'),
          maxReceiveCount: MOST_TRIES,
        },
        ...encrypted,
      },
    },
    // Not the stage's: what lies there is an occurrence that came late.
    ReadsDeadLetters: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: names.readsDeadLetters,
        MessageRetentionPeriod: FOURTEEN_DAYS,
        ...encrypted,
      },
    },
    ReadsQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref(IDS.readsQueue)],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: attribute(IDS.readsQueue, 'Arn'),
              Condition: { ArnEquals: { 'aws:SourceArn': rules.map(([id]) => attribute(id, 'Arn')) } },
            },
          ],
        },
      },
    },
    ...Object.fromEntries(rules),
    ReadsSource: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: ref(IDS.readsFunction),
        EventSourceArn: attribute(IDS.readsQueue, 'Arn'),
        BatchSize: 1_000,
        MaximumBatchingWindowInSeconds: BATCH_SECONDS,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        // The least that there is.
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
  }
}

/** As few rules as their patterns' size allows. @throws Error where that are too many */
function patternsOf({ schedules }: Config): Json[] {
  const asked = schedules.filter(({ adoption }) => adoption !== undefined)
  const exact = new Set(asked.flatMap(({ secrets }) => secrets.map(secretNameOf)))
  const prefixes = new Set(asked.flatMap(({ select }) => select?.prefix ?? []))
  const wanted: Json[][] = [
    ...[...exact].map((name) => [name, { prefix: arnOf(name) }]),
    ...[...prefixes].map((prefix) => [{ prefix }, { prefix: arnOf(prefix) }]),
  ]
  const groups: Json[][] = []
  for (const some of wanted) {
    const last = groups.at(-1)
    if (last && sizeOf([...last, ...some]) <= MOST_PATTERN) last.push(...some)
    else groups.push([...some])
  }
  if (groups.length > MOST_RULES)
    throw new Error(
      `adoption of ${wanted.length} secrets by name takes ${groups.length} EventBridge rules, of ${MOST_RULES} at most. Split the config in two stages, or choose secrets by a prefix`,
    )
  return groups.map(patternOf)
}

function arnOf(name: string): Json {
  return ownArn('secretsmanager', `secret:${name}`)
}

function patternOf(secretId: Json[]): Json {
  return {
    source: ['aws.secretsmanager'],
    // Another account may send its events to this bus, and have a secret of the same name.
    account: [sub(`\${AWS::AccountId}`)],
    region: [sub(`\${AWS::Region}`)],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventName: ['GetSecretValue'], requestParameters: { secretId } },
  }
}

/** With the longest partition and region that there are in place of what CloudFormation fills in. */
function sizeOf(secretId: Json[]): number {
  const longest: Record<string, string> = {
    Partition: 'aws-us-gov',
    Region: 'ap-northeast-1',
    AccountId: '123456789012',
  }
  return JSON.stringify(patternOf(secretId))
    .replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
    .replaceAll(/\$\{AWS::(\w+)\}/g, (_, name: string) => longest[name] ?? '').length
}
