import { calendarOf } from '../../calendar/calendar.ts'
import type { Config } from '../../config/config.ts'
import { deployCommand } from '../../model/pasteable.ts'
import { DAY, iso } from '../../model/time.ts'
import { enforced } from '../../model/under-policy.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

/** As AWS leaves it to an account whose functions reserve the rest. Source: Lambda Developer Guide, configuration-concurrency. */
const LEAST_SHARED = 100

export const concurrency: Check<StageFacts> = {
  name: 'concurrency',
  severity: 'risk',
  cause:
    'Where Lambda is full at the instant, a delivery waits, and what waits past its window does not start.',
  check({ config, concurrency, now }) {
    if ('unknown' in concurrency) return concurrency
    // No function: the check of the orchestrator says it.
    if (!concurrency.found) return undefined
    const { reserved, unreserved } = concurrency.found
    const remedy = `set reservedConcurrency under stage: in the config (node_modules/aws-tourbillon/docs/deploy.md), and \`${deployCommand(config.stage)}\``
    if (reserved === 0) {
      return {
        symptom: 'the orchestrator’s reserved concurrency is 0: somebody has stopped it',
        remedy: 'ask who; then deploy, or delete the reservation in the Lambda console',
        severity: 'broken',
        cause: 'Lambda runs none of it: every delivery waits, and ends in the dead letters.',
      }
    }
    if (reserved !== undefined) {
      const { most, at } = atOnce(config, now)
      if (reserved >= most) return 'fine'
      return {
        symptom: `${reserved} executions are reserved, and ${most} schedules are due at ${iso(at)}`,
        remedy,
      }
    }
    if (unreserved === undefined || unreserved >= LEAST_SHARED) return 'fine'
    return {
      symptom: `nothing is reserved, and the account has ${unreserved} executions for all its functions together`,
      remedy: `ask AWS for more (Service Quotas: Lambda, concurrent executions); then ${remedy}`,
    }
  },
}

/** The most schedules of one instant in the week to come. */
function atOnce(config: Config, now: number): { most: number; at: number } {
  const due = new Map<number, number>()
  let found = { most: 0, at: now }
  for (const schedule of enforced(config)) {
    for (const at of calendarOf(schedule).between(now, now + 7 * DAY)) {
      const many = (due.get(at) ?? 0) + 1
      due.set(at, many)
      if (many > found.most) found = { most: many, at }
    }
  }
  return found
}
