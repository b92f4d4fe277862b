import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { ZoneData } from '../../calendar/zone-difference.ts'
import type { Config } from '../../config/config.ts'
import type { AuditState } from '../../ledger/audit-state.ts'
import type { Fact } from '../../ledger/facts.ts'
import type { Hold } from '../../model/hold.ts'
import type { StageOption } from '../../model/pasteable.ts'
import type { Planned } from '../../schedules/plan.ts'
import type { Lookup } from '../lookup.ts'

/** What was looked up about what a deploy has made, and about this computer. Instants are epoch ms. */
export type StageFacts = {
  /** The stage, as commands name it. */
  named: StageOption
  config: Config
  now: number
  /** Undefined in all of these: there is no such thing. */
  audit: Lookup<{ state?: AuditState } | undefined>
  holds: Lookup<Hold[] | undefined>
  planned: Lookup<Planned[] | undefined>
  /** As its alias `live` points to it. */
  orchestrator: Lookup<FunctionConfiguration | undefined>
  /** Executions kept for the orchestrator, if any, and those that the account's functions share. */
  concurrency: Lookup<{ reserved?: number | undefined; unreserved?: number | undefined } | undefined>
  /** Messages in the dead-letter queue. */
  deadLetters: Lookup<number | undefined>
  /** Reads that were given up; only where a schedule asks who fetches. */
  readsDeadLetters?: Lookup<number | undefined>
  /** ARNs of the alert topic's subscriptions, each with where it goes. */
  subscriptions: Lookup<{ arn: string; endpoint: string }[] | undefined>
  clock: Lookup<Clock>
  /** What was seen of this account and region. */
  accountFacts: Lookup<Fact[]>
  /** Zone data to compare, where not ours with this Node’s. */
  zones?: [ours: ZoneData, theirs: ZoneData]
}

/** This computer's clock − AWS's, ms, and how wrong that may be: AWS tells whole seconds, and the way takes time. */
export type Clock = { aheadMs: number; uncertainMs: number }

/** One schedule of the group, or the look at all of them where it failed. `named`: the stage, as commands name it. */
export type ScheduleFacts = { stage: string; named: StageOption; planned: Lookup<Planned> }

export type HoldFacts = { named: StageOption; hold: Hold; now: number }
