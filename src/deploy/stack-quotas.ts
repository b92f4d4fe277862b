import type { Resources } from './template.ts'

/** Source: CloudFormation User Guide, cloudformation-limits. */
const MOST_RESOURCES = 500
const MOST_BYTES = 1_000_000

/** What osls adds of its own: bucket and policy, for each function itself, log group, version, alias, event config, and what calls it. */
const RESOURCES_OF_OSLS = 24

/** Throws an Error where one CloudFormation stack cannot hold the resources. */
export function checkLimits(resources: Resources): void {
  const count = Object.keys(resources).length + RESOURCES_OF_OSLS
  const bytes = Buffer.byteLength(JSON.stringify(resources, null, 2))
  if (count <= MOST_RESOURCES && bytes <= MOST_BYTES) return
  const schedules = Object.values(resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule').length
  const rest = count - schedules
  throw new Error(
    `${schedules} schedules, early companions included, make ${count} resources and ${bytes} bytes; a CloudFormation ` +
      `stack holds ${MOST_RESOURCES} and ${MOST_BYTES}. Split the config in two stages (config/prod-a.yml, ` +
      `config/prod-b.yml) of ${MOST_RESOURCES - rest} schedules at most, or put secrets that rotate together in one schedule`,
  )
}
