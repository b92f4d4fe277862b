import type { StageSettings } from '../config/stage-settings.ts'
import { passTo, resourceStatements } from '../deploy/permissions/deployer.ts'
import { TYPES, type TypeRow } from '../deploy/permissions/resource-types.ts'
import { roleArn } from '../deploy/permissions/targets.ts'
import { allow, type Statement } from '../deploy/statements.ts'
import { type Json, ownArn, type Resource } from '../deploy/template.ts'
import { VERIFY_PREFIX } from '../model/resource-names.ts'
import { verifyNames } from './names.ts'
import { verifyStack } from './stack.ts'

/** As IAM knows them; `anyOf`: the name of any throw-away stack, and whatever begins so. */
const anyOf = `${VERIFY_PREFIX}*`
const ARNS: Record<string, Json> = {
  CloudWatch: ownArn('cloudwatch', `alarm:${anyOf}`),
  DynamoDB: ownArn('dynamodb', `table/${anyOf}`),
  Events: ownArn('events', `rule/${anyOf}`),
  IAM: roleArn(anyOf),
  Lambda: ownArn('lambda', `function:${anyOf}`),
  Logs: ownArn('logs', `log-group:/aws/lambda/${anyOf}`),
  SNS: ownArn('sns', anyOf),
  Scheduler: ownArn('scheduler', `schedule-group/${anyOf}`),
  SecretsManager: ownArn('secretsmanager', `secret:${anyOf}`),
}

const nothing = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '']))

/**
 * Types that no stage has. A secret's `GetSecretValue`, of which its schema's reads know, is left out: what CloudFormation
 * makes of a generated value nobody needs to see. Sources: as in resource-types.ts; of a rotation schedule, which has no
 * schema of this kind, the API reference of RotateSecret and CancelRotateSecret.
 */
const MORE_TYPES: Record<string, TypeRow> = {
  'AWS::SecretsManager::Secret': {
    name: 'Name',
    actions:
      'secretsmanager:CreateSecret secretsmanager:DescribeSecret secretsmanager:DeleteSecret secretsmanager:TagResource',
    properties: {
      ...nothing('Name', 'Description'),
      GenerateSecretString: 'secretsmanager:GetRandomPassword',
      KmsKeyId: 'kms:Decrypt kms:GenerateDataKey',
    },
  },
  'AWS::SecretsManager::RotationSchedule': {
    actions: 'secretsmanager:RotateSecret secretsmanager:DescribeSecret secretsmanager:CancelRotateSecret',
    properties: nothing('SecretId', 'RotationLambdaARN', 'RotateImmediatelyOnUpdate'),
  },
}

/** The stack is made and deleted, and never changed. */
const CHANGES = /:(Update|Untag)/

/**
 * What CloudFormation does with a throw-away stack's resources, by the rights of whoever runs `verify`; and the roles that
 * they hand on, each to its own service.
 */
export function throwAwayStatements(
  settings: Pick<StageSettings, 'kmsKeyArn' | 'permissionsBoundary'>,
): Statement[] {
  const resources: Record<string, Resource> = verifyStack({ id: '*', ...settings }).Resources
  const made = resourceStatements({
    ...{ settings, resources, types: { ...TYPES, ...MORE_TYPES } },
    resourcesOf: (type) => [ARNS[type.split('::')[1] ?? '']].filter((it) => it !== undefined),
  })
  return [
    ...made.map((it) => ({ ...it, Action: it.Action.filter((action) => !CHANGES.test(action)) })),
    // A group goes with its schedules.
    allow('DeleteSchedules', ['scheduler:DeleteSchedule'], [ownArn('scheduler', `schedule/${anyOf}`)]),
    passTo('Lambda', [roleArn(anyOf)]),
    passTo('Scheduler', [roleArn(verifyNames('*').schedulerRole)]),
  ]
}
