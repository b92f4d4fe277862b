import type { Config } from '../config/config.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { watchesReads } from '../model/adoption.ts'
import { namesOf } from '../model/resource-names.ts'
import { ownSchedules } from './places.ts'
import { secretPolicies } from './secret-policies.ts'
import {
  configuredStatements,
  NEVER_READ_SECRETS,
  ownStatements,
  type Statement,
  USE_NETWORK_INTERFACES,
  useKeyOf,
  writeLogs,
} from './statements.ts'
import { IDS, type Json, ownArn, type Resource, type Resources, ref } from './template.ts'

/**
 * A role per function, and one for Scheduler: each may do what its code does, on what the config names. The audit and
 * the observer look at secrets and keep the ledger, and cannot rotate; the audit may start the orchestrator, which asks
 * its gates.
 */
export function roles(config: Config, settings: StageSettings): Resources {
  const names = namesOf(config.stage)
  const own = ownStatements(names)
  const configured = configuredStatements(config, settings)
  const toRotate = secretPolicies(ownSchedules(config), 'Rotate', configured.rotateSelected)
  const toDescribe = secretPolicies(ownSchedules(config), 'Describe', configured.describeSelected)
  const useKey = useKeyOf(settings)
  const handing = configured.refresh ? [own.startHandover] : []
  const functionRole = (functionName: string, statements: Statement[], policies: Resources = {}) =>
    role(
      LAMBDA,
      [writeLogs(functionName), ...statements, ...(settings.vpc ? [USE_NETWORK_INTERFACES] : []), ...useKey],
      Object.keys(policies).map(ref),
    )
  const all: Resources = {
    ...toRotate,
    ...toDescribe,
    [IDS.rotateRole]: functionRole(
      names.rotateFunction,
      [
        ...[own.checkpoint, own.keepLedger],
        ...configured.rotationFunctions,
        ...configured.runHooks,
        ...[own.startParts, own.giveUpEvents],
        ...configured.listSecrets,
        ...configured.askCalendars,
        ...configured.assumeMembers,
        ...handing,
        ...configured.notify,
      ],
      toRotate,
    ),
    [IDS.rotateNowRole]: functionRole(names.rotateNowFunction, [own.keepRequests, own.startOrchestrator]),
    [IDS.auditRole]: functionRole(
      names.auditFunction,
      [
        ...[own.keepLedger, own.queryLedger, own.startOrchestrator],
        ...configured.listSecrets,
        ...configured.assumeMembers,
        ...handing,
        ...configured.notify,
        ...(watchesReads(config) ? [own.askHistory] : []),
      ],
      toDescribe,
    ),
    ...(configured.refresh && {
      [IDS.handoverRole]: functionRole(names.handoverFunction, [
        ...[own.checkpointHandover, own.keepLedger, own.queryLedger],
        ...configured.refresh,
        ...configured.notify,
      ]),
    }),
    // Events of other accounts do not come here; nor is anything to be listed.
    [IDS.observeRole]: functionRole(
      names.observeFunction,
      [own.keepLedger, own.queryLedger, ...configured.notify],
      toDescribe,
    ),
    ...(watchesReads(config) && {
      [IDS.readsRole]: functionRole(names.readsFunction, [own.takeReads, own.keepReaders]),
    }),
    [IDS.schedulerRole]: role(schedulerOf(names.scheduleGroup), [
      own.startOrchestrator,
      own.giveUpUndelivered,
      ...useKey,
    ]),
  }
  for (const { Type, Properties } of Object.values(all))
    if (Type === 'AWS::IAM::Role' && settings.permissionsBoundary !== undefined)
      Properties.PermissionsBoundary = settings.permissionsBoundary
  return all
}

/** Every role is denied to read a secret's value. */
function role(trust: Json, statements: Statement[], managedPolicies: Json[] = []): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
      Policies: [
        {
          PolicyName: 'tourbillon',
          PolicyDocument: { Version: '2012-10-17', Statement: [...statements, NEVER_READ_SECRETS] },
        },
      ],
      ...(managedPolicies.length > 0 && { ManagedPolicyArns: managedPolicies }),
    },
  }
}

const LAMBDA: Json = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
}

/**
 * Only this group's schedules, of this account, may use the role.
 * Source: Scheduler User Guide, cross-service-confused-deputy-prevention.
 */
function schedulerOf(group: string): Json {
  return {
    Effect: 'Allow',
    Principal: { Service: 'scheduler.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: {
        'aws:SourceAccount': ref('AWS::AccountId'),
        'aws:SourceArn': ownArn('scheduler', `schedule-group/${group}`),
      },
    },
  }
}
