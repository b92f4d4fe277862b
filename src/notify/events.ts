import type { Config } from '../config/config.ts'
import type { Approval } from '../ledger/approvals.ts'
import type { Finding } from '../model/finding.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { Notification, WaveSummary } from '../rotation/notification.ts'

/** An event for EventBridge's default bus. `detail` follows docs/event.schema.json. */
export type Event = { detailType: string; at: string; resources: string[]; detail: Detail }

/** `id` is the same however often an event is put: whoever acts on events once deduplicates by it. */
type Detail = { schemaVersion: typeof SCHEMA_VERSION; id: string; stage: string } & Record<string, unknown>

/** Fields may be added to it; one that changes or goes makes it 2. */
const SCHEMA_VERSION = 1

const DETAIL_TYPES: Record<Status, string> = {
  CLAIMED: 'Rotation Claimed',
  ROTATING: 'Rotation Rotating',
  SUCCEEDED: 'Rotation Succeeded',
  FAILED: 'Rotation Failed',
  TIMED_OUT: 'Rotation Timed Out',
  SKIPPED: 'Rotation Skipped',
  MISSED: 'Rotation Missed',
}

/** The events of a notification: one for each transition, one for all else. `now`: epoch ms. */
export function eventsOf(notification: Notification, stage: string, now: number): Event[] {
  switch (notification.about) {
    case 'rotation':
      return transitionsOf(notification.rotation, notification.since, stage)
    case 'wave':
      return [waveEvent(notification.wave, stage, now)]
    case 'approval':
      return [approvalEvent(notification.approval, stage)]
    // Each of its rotations has events of its own.
    case 'override':
      return []
  }
}

/** What we judge a rotation by, and its history (`events`), are in no event: docs/event.schema.json takes nothing that it does not name. */
const OURS = [
  'failure',
  'proof',
  'sending',
  'runEnd',
  'limits',
  'handover',
  'attempts',
  'zoneData',
  'deliveredFor',
  'adoption',
  'saw',
  'caller',
  'overrideApproval',
  'requestId',
] as const satisfies (keyof Rotation)[]

/** Everything else of the record: an operator's rule may match on any of it. */
function transitionsOf({ events, ...rotation }: Rotation, since: number, stage: string): Event[] {
  const record: Omit<Rotation, 'events'> = { ...rotation }
  for (const name of OURS) delete record[name]
  if (record.approval) record.approval = withoutCaller(record.approval)
  const resources = record.secretArn === undefined ? [] : [record.secretArn]
  return events.slice(since).map(({ at, status, reason, message, guessed }, index) => {
    const position = since + index
    const previousStatus = events[position - 1]?.status
    const detail = {
      ...common(`${record.rotationId}/${position}`, stage),
      ...record,
      status,
      previousStatus,
      at,
    }
    return {
      detailType: DETAIL_TYPES[status],
      at,
      resources,
      detail: { ...detail, reason, message, guessed },
    }
  })
}

/** Counts, not the rotations: each of them has had its own event. */
function waveEvent({ notable: _, ...wave }: WaveSummary, stage: string, now: number): Event {
  const at = iso(now)
  return {
    detailType: 'Wave Ended',
    at,
    resources: [],
    detail: { ...common(`wave/${wave.waveId}`, stage), ...wave, at },
  }
}

function withoutCaller({ caller: _, ...approval }: NonNullable<Rotation['approval']>) {
  return approval
}

function approvalEvent(
  { events, callbackId: _, caller: _caller, refused: _refused, askedBy: _askedBy, ...approval }: Approval,
  stage: string,
): Event {
  const at = events.at(-1)?.at ?? approval.requestedAt
  const { approvalId, status } = approval
  return {
    detailType: status === 'PENDING' ? 'Approval Requested' : 'Approval Decided',
    at,
    resources: [],
    detail: { ...common(`approval/${approvalId}/${status}`, stage), ...approval, at },
  }
}

/** Each with the owner and the runbook of its schedule, where the config has them: for rules that route by them. */
export function withOwners(events: Event[], { schedules }: Pick<Config, 'schedules'>): Event[] {
  const known = new Map(schedules.map((it) => [it.name, it]))
  return events.map((event) => {
    const { owner, runbook } = known.get(String(event.detail.schedule)) ?? {}
    const about = { ...(owner !== undefined && { owner }), ...(runbook !== undefined && { runbook }) }
    return { ...event, detail: { ...event.detail, ...about } }
  })
}

export function findingEvent(finding: Finding, stage: string, now: number): Event {
  const at = iso(now)
  const detail = { ...common(`finding/${finding.kind}/${finding.key}`, stage), ...finding, at }
  return { detailType: 'Audit Finding', at, resources: [], detail }
}

function common(id: string, stage: string) {
  return { schemaVersion: SCHEMA_VERSION, id, stage } as const
}
