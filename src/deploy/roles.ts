import { CHANNELS } from '../aws/channels.ts'
import type { Config } from '../config/config.ts'
import { allHooks } from '../model/hooks.ts'
import { namesOf } from '../model/resource-names.ts'
import { auditRoles } from './audit-roles.ts'
import { memberRoles, ownRegions, ownSchedules } from './places.ts'
import { LAMBDA, role } from './role.ts'
import { rotatePolicies } from './secret-policies.ts'
import type { Settings } from './settings.ts'
import {
  assumeRoles,
  checkpoint,
  describeSelected,
  functionResource,
  invoke,
  keepLedger,
  keepRequests,
  LIST_SECRETS,
  NEVER_READ_SECRETS,
  notifyBy,
  PUT_EVENTS,
  readCalendars,
  rotateSelected,
  type Statement,
  sendTo,
  USE_NETWORK_INTERFACES,
  writeLogs,
} from './statements.ts'
import { attribute, IDS, type Json, ownArn, type Resources, ref } from './template.ts'

/** A role per function, and one for Scheduler: each may do what its code does, on what the config names. */
export function roles(config: Config, settings: Settings, { inVpc }: { inVpc: boolean }): Resources {
  const names = namesOf(config.stage)
  const secrets = rotatePolicies(ownSchedules(config))
  const network = inVpc ? [USE_NETWORK_INTERFACES] : []
  const alias = ownArn('lambda', `function:${names.rotateAlias}`)
  const deadLetters = attribute(IDS.deadLetters, 'Arn')
  const rotationFunctions = ownRegions(config).flatMap((region) =>
    settings.rotationFunctions
      .filter((name) => region === undefined || !name.startsWith('arn:'))
      .map((name) => functionResource(name, region)),
  )
  return {
    ...secrets,
    [IDS.rotateRole]: role(
      LAMBDA,
      [
        writeLogs(names.rotateFunction),
        checkpoint(names.rotateFunction),
        keepLedger(names.ledgerTable),
        // RotateSecret's caller needs it too, says the API reference; managed secrets have no function.
        ...invokeAny('StartRotationFunctions', rotationFunctions),
        ...invokeAny(
          'RunHooks',
          hooksOf(config).map((hook) => functionResource(hook)),
        ),
        // A large wave runs in parts, each an execution of its own.
        invoke('StartParts', [alias]),
        sendTo('GiveUpFailedEvents', deadLetters),
        ...selected(config),
        ...calendars(config),
        ...members(config),
        ...announce(config),
        ...network,
        NEVER_READ_SECRETS,
      ],
      Object.keys(secrets).map(ref),
    ),
    [IDS.rotateNowRole]: role(LAMBDA, [
      writeLogs(names.rotateNowFunction),
      keepRequests(names.ledgerTable),
      invoke('StartOrchestrator', [alias]),
      ...network,
      NEVER_READ_SECRETS,
    ]),
    ...auditRoles(config, {
      network,
      selected: describeSelectedOf(config),
      members: members(config),
      announce: announce(config),
    }),
    [IDS.schedulerRole]: role(schedulerOf(names.scheduleGroup), [
      invoke('StartOrchestrator', [alias]),
      sendTo('GiveUpUndelivered', deadLetters),
      NEVER_READ_SECRETS,
    ]),
  }
}

/** Events, and texts by each channel: to the stage's topic, and to whom the config names. */
function announce({ schedules }: Config): Statement[] {
  return [
    PUT_EVENTS,
    ...CHANNELS.filter(({ actions }) => actions.length > 0).map((channel) => {
      const named = [...new Set(schedules.flatMap(({ notify }) => notify?.[channel.name] ?? []))].sort()
      const arns = named.map((it) => (it.startsWith('arn:') ? it : ownArn(channel.name, it)))
      return notifyBy(channel, [...(channel.ownTopic ? [ref(IDS.alerts)] : []), ...arns])
    }),
  ]
}

function selected(config: Config): Statement[] {
  return selectedBy(config, rotateSelected)
}

function describeSelectedOf(config: Config): Statement[] {
  return selectedBy(config, describeSelected)
}

function selectedBy(config: Config, allow: typeof rotateSelected): Statement[] {
  const chosen = ownSchedules(config).flatMap(({ select, place }) =>
    select ? [{ select, region: place?.region }] : [],
  )
  if (chosen.length === 0) return []
  return [LIST_SECRETS, ...chosen.map(({ select, region }, index) => allow(index + 1, select, region))]
}

function calendars(config: Config): Statement[] {
  const names = config.schedules.flatMap(({ changeCalendars = [] }) => changeCalendars)
  return names.length > 0 ? [readCalendars([...new Set(names)].sort())] : []
}

function members(config: Config): Statement[] {
  const roles = memberRoles(config)
  return roles.length > 0 ? [assumeRoles(roles)] : []
}

function invokeAny(sid: string, resources: Json[]): Statement[] {
  return resources.length > 0 ? [invoke(sid, resources)] : []
}

function hooksOf(config: Config): string[] {
  return [...new Set(config.schedules.flatMap(allHooks).map(({ invoke }) => invoke))].sort()
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
