import {
  charactersIn,
  INLINE_POLICIES_CHARACTERS,
  MANAGED_POLICY_CHARACTERS,
  MOST_POLICIES,
} from './policy-size.ts'
import type { Json, Resource, Resources } from './template.ts'

/** Source: CloudFormation User Guide, cloudformation-limits. */
const MOST_RESOURCES = 500
const MOST_BYTES = 1_000_000

/** What osls adds: a bucket and its policy; for each function log group, version, alias, event config, and what calls it. */
const RESOURCES_OF_OSLS = 24

/** Of all of a function's variables, names and values. Source: Lambda Developer Guide, gettingstarted-limits. */
const MOST_ENVIRONMENT_BYTES = 4_096

const SPLIT = 'Split the config in two stages (config/prod-a.yml, config/prod-b.yml)'

/**
 * Throws an Error where AWS would refuse the resources of a stack, or one of them.
 * @param others resources that osls will add
 */
export function checkLimits(resources: Resources, others = RESOURCES_OF_OSLS): void {
  for (const [id, resource] of Object.entries(resources)) {
    const problem = CHECKS[resource.Type]?.(id, resource)
    if (problem !== undefined) throw new Error(problem)
  }
  const count = Object.keys(resources).length + others
  const bytes = Buffer.byteLength(JSON.stringify(resources, null, 2))
  if (count <= MOST_RESOURCES && bytes <= MOST_BYTES) return
  const schedules = Object.values(resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule').length
  const rest = count - schedules
  throw new Error(
    `${schedules} schedules, early companions included, make ${count} resources and ${bytes} bytes; a CloudFormation ` +
      `stack holds ${MOST_RESOURCES} and ${MOST_BYTES}. ${SPLIT} ` +
      `of ${MOST_RESOURCES - rest} schedules at most, or put secrets that rotate together in one schedule`,
  )
}

const CHECKS: Record<string, (id: string, resource: Resource) => string | undefined> = {
  'AWS::IAM::Role': (id, { Properties }) => {
    const { Policies = [], ManagedPolicyArns = [] } = Properties as Record<string, Json[]>
    const managed = ManagedPolicyArns.length
    if (managed > MOST_POLICIES)
      return `${id} carries ${managed} managed policies, and IAM allows ${MOST_POLICIES}. ${SPLIT}`
    const characters = Policies.reduce<number>((sum, policy) => sum + charactersIn(documentOf(policy)), 0)
    if (characters <= INLINE_POLICIES_CHARACTERS) return undefined
    return (
      `${id}’s own policies have ${characters} characters, and IAM takes ${INLINE_POLICIES_CHARACTERS}: hooks, Change Calendars, ` +
      `topics, rotation functions and accounts stand in them, each by its name. ${SPLIT}, or let schedules share them`
    )
  },
  'AWS::IAM::ManagedPolicy': (id, { Properties }) => {
    const characters = charactersIn(documentOf(Properties))
    if (characters <= MANAGED_POLICY_CHARACTERS) return undefined
    return `${id} has ${characters} characters, and IAM takes ${MANAGED_POLICY_CHARACTERS}. ${SPLIT}`
  },
  'AWS::Lambda::Function': (id, { Properties }) => {
    const { Variables = {} } = (Properties.Environment ?? {}) as Record<string, Json>
    const characters = charactersIn(Variables)
    if (characters <= MOST_ENVIRONMENT_BYTES) return undefined
    return `${id}’s environment has ${characters} bytes, and Lambda takes ${MOST_ENVIRONMENT_BYTES}: shorten provider.environment in serverless.yml`
  },
}

function documentOf(policy: Json): Json {
  return (policy as { PolicyDocument?: Json }).PolicyDocument ?? {}
}
