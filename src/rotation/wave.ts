import type { ApprovalRule, Schedule } from '../config/config.ts'
import type { Caller } from '../model/caller.ts'
import type { Consumer } from '../model/consumers.ts'
import type { Hooks } from '../model/hooks.ts'
import type { Objective } from '../model/objective.ts'
import type { Place } from '../model/place.ts'
import type { Refusal } from '../model/reasons.ts'
import type { Rotation, Trigger } from '../model/rotation.ts'
import type { Selector } from '../model/selector.ts'
import type { Meaning } from './delivery.ts'

/** The rotations of one occurrence over its secrets: plain JSON, so that a part of it can be another execution's. */
export type Wave = WaveTerms & { secrets: string[]; behind?: Behind | undefined }

/** What the rest of a wave waits for. `absent`: named as canaries, and none of its secrets. */
export type Behind = { canaries: string[]; absent: string[]; soakSeconds: number }

/** A wave whose secrets nobody knows yet: a selector chooses them as it starts. */
export type UnresolvedWave = WaveTerms & { select: Selector }

/** What is known of a wave before its secrets are. */
export type WaveTerms = Hooks & {
  /** The schedule's name, or `on-demand` where single secrets were asked for. */
  name: string
  schedule?: Schedule | undefined
  /** Where they are, if not in the orchestrator's own account and region. */
  place?: Place | undefined
  /** ISO instant, UTC. */
  scheduledAt: string
  /** What makes it happen once: the scheduled instant, or an on-demand request's id. */
  occasion: string
  trigger: Trigger
  /** Of an occurrence that a person has moved here: see src/model/exception.ts. */
  moved?: Rotation['moved'] | undefined
  requester?: string | undefined
  /** On demand: what exactly was asked for. */
  asked?: string | undefined
  /** On demand: whether the requester is who they say. */
  caller?: Caller | undefined
  requestReason?: string | undefined
  /** On demand: why freezes and holds do not count. */
  override?: string | undefined
  /** On demand: the go-ahead that is wanted, of somebody else than who asks. */
  secondPerson?: ApprovalRule | undefined
  /** On demand: why that is not waited for. */
  overrideApproval?: string | undefined
  windowSeconds: number
  timeoutSeconds: number
  /** How often a failed rotation is attempted again inside its window. Absent: never. */
  retries?: number | undefined
  concurrency: number
  maxErrors?: number | undefined
  /** How many of its secrets go first, or which. Absent: all go together. */
  canary?: Schedule['canary'] | undefined
  /** How long the rest waits once those have succeeded. */
  soakSeconds?: number | undefined
  /** So many failures of a secret in a row pause it. Absent: it is never paused. */
  pauseAfter?: number | undefined
  /** Who uses its secrets, and whether two users take turns. */
  consumers?: Consumer[] | undefined
  strategy?: 'alternating' | undefined
  /** How late its rotations may begin. Absent: as late as the window allows. */
  objective?: Objective | undefined
  /** Nothing of it starts while one of these is closed. */
  changeCalendars?: string[] | undefined
  /** Who let it go ahead, where its schedule wants that. */
  approval?: Rotation['approval'] | undefined
  /** Why none of it may start. */
  refused?: Refusal | undefined
  /** The time of Scheduler's delivery, ISO, and how long after it the wave began, ms. */
  dueAt?: string | undefined
  deliveredLateMs?: number | undefined
  /** Where what was delivered is not simply due: see `meaningOf`. */
  delivery?: { for: string; is: Exclude<Meaning['is'], 'DUE'> } | undefined
}

/** The go-ahead that a wave waits for, if any. */
export function approvalRuleOf(wave: WaveTerms): ApprovalRule | undefined {
  if (wave.trigger !== 'ON_DEMAND') return wave.schedule?.approval
  return wave.overrideApproval === undefined ? wave.secondPerson : undefined
}

/** What starts a part of a wave. */
export type PartRequest = { wave: Wave }
