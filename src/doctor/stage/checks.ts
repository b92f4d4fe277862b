import { zoneWarning } from '../../calendar/zone-warning.ts'
import { HORIZON_MS } from '../../config/warnings/subject.ts'
import { SILENT_MS } from '../../ledger/audit-state.ts'
import { counted } from '../../model/counts.ts'
import { FACTS, verdictOf } from '../../model/facts.ts'
import { commandFor, deployCommand } from '../../model/pasteable.ts'
import { namesOf } from '../../model/resource-names.ts'
import { DAY, MINUTE } from '../../model/time.ts'
import type { Check } from '../check.ts'
import { concurrency } from './concurrency.ts'
import type { HoldFacts, ScheduleFacts, StageFacts } from './facts.ts'

/** People set holds and read countdowns by this clock; at five minutes AWS refuses its signatures. */
const MOST_AHEAD_MS = 5_000

const MOST_NAMED = 5

const FORGOTTEN_MS = 7 * DAY

/** Of what a deploy has made, and of this computer. */
export const stageChecks: Check<StageFacts>[] = [
  {
    name: 'ledger',
    severity: 'broken',
    cause: 'Without the ledger no rotation can be claimed, and none starts.',
    check({ config, holds }) {
      if ('unknown' in holds) return holds
      if (holds.found) return 'fine'
      return {
        symptom: `there is no table ${namesOf(config.stage).ledgerTable} in this account and region`,
        remedy: `\`${deployCommand(config.stage)}\`; if it is deployed, check account and region above`,
      }
    },
  },
  /** Source: Lambda Developer Guide, durable-invoking: a durable function is invoked by a qualified name only. */
  {
    name: 'orchestrator',
    severity: 'broken',
    cause:
      'Every schedule delivers to this alias: without it nothing rotates, and Scheduler’s events are lost.',
    check({ config, orchestrator }) {
      if ('unknown' in orchestrator) return orchestrator
      const remedy = `\`${deployCommand(config.stage)}\``
      const found = orchestrator.found
      const name = namesOf(config.stage).rotateAlias
      if (!found) return { symptom: `there is no ${name} in this account and region`, remedy }
      if (found.State === 'Failed' || found.LastUpdateStatus === 'Failed') {
        const why = found.StateReason ?? found.LastUpdateStatusReason ?? 'Lambda gives no reason'
        return { symptom: `${name} is in state Failed: ${why}`, remedy }
      }
      if (!found.DurableConfig)
        return {
          symptom: `${name} is not a durable function`,
          remedy: `${remedy}, under a new name or after removal`,
        }
      return 'fine'
    },
  },
  concurrency,
  {
    name: 'dead-letters',
    severity: 'risk',
    cause:
      'In it is what Scheduler could not deliver inside the window, or Lambda gave up: each is an occurrence that came late or not at all.',
    check({ config, named, deadLetters }) {
      if ('unknown' in deadLetters) return deadLetters
      const queue = namesOf(config.stage).deadLetterQueue
      const count = deadLetters.found
      if (count === undefined)
        return {
          symptom: `there is no queue ${queue}`,
          remedy: `\`${deployCommand(config.stage)}\``,
          cause: 'What Scheduler cannot deliver is lost without a trace.',
        }
      if (count === 0) return 'fine'
      return {
        symptom: `${counted(count, 'message')} in ${queue}`,
        remedy: `read their attributes ERROR_CODE and SCHEDULE_ARN, mend the cause, see \`${commandFor(named, 'status')}\` for what was missed, then purge the queue`,
      }
    },
  },
  {
    name: 'reads-dead-letters',
    severity: 'risk',
    cause: 'In it is who fetched a secret and could not be noted: they may be named as not seen to fetch.',
    check({ config, readsDeadLetters }) {
      if (readsDeadLetters === undefined || 'unknown' in readsDeadLetters) return readsDeadLetters
      const { readsDeadLetters: queue, readsFunction } = namesOf(config.stage)
      const count = readsDeadLetters.found
      if (count === undefined)
        return { symptom: `there is no queue ${queue}`, remedy: `\`${deployCommand(config.stage)}\`` }
      if (count === 0) return 'fine'
      return {
        symptom: `${counted(count, 'message')} in ${queue}`,
        remedy: `see why in the log of ${readsFunction}, mend it, start a redrive to its source queue (SQS console, or aws sqs start-message-move-task), or purge it`,
      }
    },
  },
  /** Source: SNS API reference, ListSubscriptionsByTopic: an unconfirmed one has `PendingConfirmation` for an ARN. */
  {
    name: 'alerts',
    severity: 'risk',
    cause: 'Alarms go to this topic: an address that has not confirmed hears nothing, and nobody notices.',
    check({ config, subscriptions }) {
      if ('unknown' in subscriptions) return subscriptions
      const found = subscriptions.found
      if (!found) return { symptom: 'there is no topic', remedy: `\`${deployCommand(config.stage)}\`` }
      if (found.length === 0)
        return {
          symptom: 'nobody has subscribed to it',
          remedy: 'set alertEmails under stage: in the config and deploy, or subscribe your paging tool',
        }
      const waiting = found.filter(({ arn }) => arn === 'PendingConfirmation')
      if (waiting.length === 0) return 'fine'
      return {
        symptom: `not confirmed: ${waiting.map(({ endpoint }) => endpoint).join(', ')}`,
        remedy:
          'open AWS’s mail "Subscription Confirmation" there; where it is gone, subscribe the address again',
      }
    },
  },
  {
    name: 'audit',
    severity: 'risk',
    cause: 'The audit finds what did not happen: while it is silent, nothing that is missed is noticed.',
    check({ audit, config, now }) {
      if ('unknown' in audit) return audit
      // No table: the check of the ledger says it.
      if (!audit.found) return undefined
      const { ranAt } = audit.found.state ?? {}
      const remedy = `look at the function tourbillon-${config.stage}-audit: its log, its rule, its errors`
      if (ranAt === undefined) return { symptom: 'it has never run', remedy }
      const silent = now - Date.parse(ranAt)
      if (silent <= SILENT_MS) return 'fine'
      return { symptom: `it ran last at ${ranAt}, ${Math.floor(silent / MINUTE)} minutes ago`, remedy }
    },
  },
  /** Source: IAM User Guide, signing: a request is refused where its time is more than five minutes off. */
  {
    name: 'clock',
    severity: 'risk',
    cause:
      'What is said here about "next", "late" and "until" is by this computer’s clock. (Rotations run by AWS’s.)',
    check({ clock }) {
      if ('unknown' in clock) return clock
      const { aheadMs, uncertainMs } = clock.found
      if (Math.abs(aheadMs) - uncertainMs <= MOST_AHEAD_MS) return 'fine'
      const seconds = Math.round(Math.abs(aheadMs) / 1_000)
      return {
        symptom: `it is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} AWS’s`,
        remedy: 'set it by NTP: timedatectl set-ntp true, or chronyc makestep',
      }
    },
  },
  {
    name: 'aws-facts',
    severity: 'note',
    cause: 'The code takes this for granted of AWS, and here it was seen to be otherwise.',
    check({ accountFacts }) {
      if ('unknown' in accountFacts) return accountFacts
      const differing = accountFacts.found.flatMap(({ name, seenAt, seen }) => {
        const { verdict, message, remedy = '' } = verdictOf(name, seen)
        const symptom = `${FACTS[name].question} ${message} (seen ${seenAt})`
        return verdict === 'DIFFERS' ? [{ symptom, remedy: `${name}: ${remedy}` }] : []
      })
      if (differing.length === 0) return accountFacts.found.length === 0 ? undefined : 'fine'
      return {
        symptom: differing.map(({ symptom }) => symptom).join('; '),
        remedy: differing.map(({ remedy }) => remedy).join('; '),
      }
    },
  },
  {
    name: 'zone-data',
    severity: 'risk',
    cause:
      'Governments change clocks at short notice. EventBridge Scheduler may go by other zone data than ours, and deliver at another hour.',
    check({ config, now, zones }) {
      const found = config.schedules
        .filter(({ enabled }) => enabled)
        .flatMap((schedule) => {
          const warning = zoneWarning(schedule, now, now + HORIZON_MS, ...(zones ?? []))
          return warning ? [{ ...warning, name: schedule.name }] : []
        })
      const [first] = found
      if (first === undefined) return 'fine'
      const shown = found.slice(0, MOST_NAMED).map(({ name, message }) => `${name}: ${message}`)
      const left = found.length - shown.length
      return {
        symptom: [...shown, ...(left > 0 ? [`and ${left} more schedules`] : [])].join('. '),
        remedy: first.hint,
      }
    },
  },
]

/** By the plan that `npx aws-tourbillon plan` shows. */
export const scheduleStands: Check<ScheduleFacts> = {
  name: 'schedule',
  severity: 'broken',
  cause: 'What EventBridge Scheduler has is what fires, whatever the config says.',
  check({ stage, named, planned }) {
    if ('unknown' in planned) return planned
    const it = planned.found
    const deploy = `\`${commandFor(named, 'plan')}\` shows all of it; \`${deployCommand(stage)}\``
    switch (it.kind) {
      case 'unchanged':
        return 'fine'
      case 'foreign':
        return undefined
      case 'create':
        return {
          symptom: it.drift ? 'missing: somebody has deleted it' : 'missing: the config is not deployed',
          remedy: it.drift
            ? `a deploy of the same config does not bring it back: change the config, then ${deploy}`
            : deploy,
        }
      case 'delete':
        return {
          symptom: 'no longer in the config, and still fires',
          remedy: deploy,
          severity: 'risk',
          cause: 'Each time, a run starts that knows no such schedule.',
        }
      case 'update': {
        const disabled = it.fields.find(({ field, live }) => field === 'state' && live === 'DISABLED')
        const changes = it.fields
          .map(({ field, live, desired }) => `${field}: ${live} → ${desired}`)
          .join('; ')
        const by = it.drift ? 'changed by hand' : 'not as in the config'
        return {
          symptom: disabled ? `disabled: it does not fire (${by})` : `${by}: ${changes}`,
          remedy: it.drift
            ? `put it right by hand, or change the config and deploy: the same config again changes nothing. ${deploy}`
            : deploy,
          ...(!disabled && { severity: 'risk' as const }),
        }
      }
    }
  },
}

export const holdForgotten: Check<HoldFacts> = {
  name: 'hold',
  severity: 'risk',
  cause: 'Nothing that it covers rotates until it ends, and whoever placed it may have forgotten.',
  check({ named, now, hold: { id, by, reason, placedAt, until } }) {
    const age = now - Date.parse(placedAt)
    if (until !== undefined && age <= FORGOTTEN_MS) return 'fine'
    const end = until === undefined ? 'without an end' : `until ${until}`
    return {
      symptom: `held by ${by} since ${placedAt} (${Math.floor(age / DAY)} d), ${end}: ${reason}`,
      remedy: `ask ${by}; then \`${commandFor(named, 'release', id)}\``,
    }
  },
}
