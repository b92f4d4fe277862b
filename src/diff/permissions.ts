import type { Config } from '../config/config.ts'
import type { StageSettings } from '../config/stage-settings.ts'
import { roles } from '../deploy/roles.ts'
import type { Json, Resources } from '../deploy/template.ts'
import { messageOf } from '../model/text.ts'

/** A config with what its `stage:` says. */
export type Side = { config: Config; settings: StageSettings }

/** What a role of the stack may do, or is denied, on some resources. */
export type Permission = {
  /** Its logical id: `RotateRole`. */
  role: string
  effect: 'Allow' | 'Deny'
  actions: string[]
  resources: string[]
  /** `aws:ResourceTag/rotation=month-end`; empty: none. */
  conditions: string[]
}

/** `unknown`: why the roles of one side cannot be made, and so nothing can be said. */
export type PermissionDiff = { gained: Permission[]; lost: Permission[] } | { unknown: string }

/** By the roles that a deploy would make. Both configs under one stage's name: it is part of each ARN. */
export function comparePermissions(base: Side, head: Side): PermissionDiff {
  try {
    const [before, after] = [base, head].map(({ config, settings }) =>
      singlesOf(roles({ ...config, stage: head.config.stage }, settings)),
    ) as [Map<string, Single>, Map<string, Single>]
    return { gained: missingIn(before, after), lost: missingIn(after, before) }
  } catch (error) {
    // Such as more secrets than the policies of one role hold.
    return { unknown: messageOf(error) }
  }
}

/** One action on one resource. */
type Single = Pick<Permission, 'role' | 'effect' | 'conditions'> & { action: string; resource: string }

type Document = { Statement: Record<string, Json>[] }

function singlesOf(resources: Resources): Map<string, Single> {
  const singles = Object.entries(resources).flatMap(([role, { Type, Properties }]) => {
    if (Type !== 'AWS::IAM::Role') return []
    const own = (Properties.Policies ?? []) as unknown as { PolicyDocument: Document }[]
    const managed = ((Properties.ManagedPolicyArns ?? []) as unknown as { Ref: string }[]).map(
      ({ Ref }) => resources[Ref]?.Properties.PolicyDocument as unknown as Document,
    )
    return [...own.map(({ PolicyDocument }) => PolicyDocument), ...managed]
      .flatMap(({ Statement }) => Statement)
      .flatMap((statement) => singlesIn(role, statement))
  })
  return new Map(singles.map((single) => [JSON.stringify(single), single]))
}

function singlesIn(role: string, { Effect, Action, Resource, Condition }: Record<string, Json>): Single[] {
  const conditions = Object.values((Condition ?? {}) as Record<string, Record<string, Json>>).flatMap(
    (keys) => Object.entries(keys).map(([key, value]) => `${key}=${textOf(value)}`),
  )
  return (Action as string[]).flatMap((action) =>
    (Resource as Json[]).map((resource) => ({
      ...{ role, effect: Effect as Permission['effect'], action, resource: textOf(resource), conditions },
    })),
  )
}

/** What CloudFormation has yet to fill in stays as it is written. */
function textOf(json: Json): string {
  if (typeof json === 'string') return json
  if (json !== null && typeof json === 'object' && 'Fn::Sub' in json) return String(json['Fn::Sub'])
  return JSON.stringify(json)
}

/** What `b` has and `a` has not: actions on the same resource together, then resources of the same actions. */
function missingIn(a: Map<string, Single>, b: Map<string, Single>): Permission[] {
  const singles = [...b].filter(([key]) => !a.has(key)).map(([, single]) => single)
  const byResource = Map.groupBy(singles, ({ action: _, ...rest }) => JSON.stringify(rest))
  const wide = [...byResource.values()].map((group) => ({
    ...(group[0] as Single),
    actions: group.map(({ action }) => action),
  }))
  const byActions = Map.groupBy(wide, ({ role, effect, actions, conditions }) =>
    JSON.stringify([role, effect, actions, conditions]),
  )
  return [...byActions.values()].map((group) => {
    const { role, effect, actions, conditions } = group[0] as (typeof wide)[number]
    return { role, effect, actions, resources: group.map(({ resource }) => resource), conditions }
  })
}
