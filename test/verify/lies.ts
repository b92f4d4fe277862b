import { OURS } from '../../src/calendar/zone-difference.ts'
import type { LocalAwsOptions } from '../../src/local/aws.ts'
import type { BusEvent, Published } from '../../src/local/news.ts'
import { DAY, HOUR, iso } from '../../src/model/time.ts'
import type { TokenState, UsedToken } from '../../src/rehearse/secrets-manager/rotation.ts'

/** In what a local AWS differs. Its functions have to be in the process of the local AWS: hence names. */
export const LIES = {
  'deliveries more than three minutes late': { jitterMs: () => 190_000 },
  'a time that is early by seconds, among others that are late': {
    habits: { scheduledTime: (at) => second(at % 60_000 === 30_000 ? at - 7_000 : at + 40_000) },
  },
  'a time with an offset': { habits: { scheduledTime: (at) => `${iso(at).slice(0, 19)}+00:00` } },
  'zones by other data': { habits: { zoneOf: otherOffset } },
  'waits that end 20 s late': { habits: { wakeLateMs: () => 20_000 } },
  'another version than the token': { versionIdOf: (token) => `${token.slice(0, -4)}0000` },
  'versions that show after 90 s': {
    unkind: { seenLateMs: (caller) => (caller.endsWith('-probe') ? 90_000 : 0) },
  },
  'used tokens that rotate again': { habits: { usedToken: () => 'again' } },
  'used tokens that are refused': { habits: { usedToken: (): UsedToken => 'refused' } },
  'used tokens that do nothing': { habits: { usedToken: (): UsedToken => 'nothing' } },
  'used tokens that rotate again while pending, and are refused after a failure': {
    habits: { usedToken: (state) => BY_STATE[state] },
  },
  'no event of labels': { habits: { heard: without((it) => it['detail-type'] === 'Secret Label Updated') } },
  'no trail': { habits: { heard: without((it) => it['detail-type'].endsWith('via CloudTrail')) } },
  'another shape of RotationFailed': { habits: { heard: reshaped } },
  'names per account': { habits: { executionNames: 'account' } },
  'names per function': { habits: { executionNames: 'function' } },
  'no dead letters of failures': { habits: { handsOn: (it) => !isDeadLetter(it, 'fail') } },
  'no dead letters of what is stopped': { habits: { handsOn: (it) => !isDeadLetter(it, 'sleep') } },
  'no event of a failure': { habits: { heard: without(endedAs('FAILED')) } },
  'no event of a stop': { habits: { heard: without(endedAs('STOPPED')) } },
  'no alarm in time': { alarmDelayMs: HOUR },
  'the newest version goes on': { habits: { goesOnWith: 'newest' } },
  'an event that is lost': { habits: { heard: without((it) => /Verify/.test(it['detail-type'])) } },
  'a text that is lost': { habits: { handsOn: ({ text }) => !/^This is a test/.test(text) } },
  'a clock five seconds ahead': { functionEnv: { CHAOS_AHEAD: '5000' } },
  'no need of lambda:InvokeFunction': { habits: { rotateNeedsInvoke: false } },
} as const satisfies Record<string, LocalAwsOptions>

export type Lie = keyof typeof LIES

/** A local AWS that tells these. Throws where two would say how it is in one thing. */
export function optionsOf(lies: Lie[]): LocalAwsOptions {
  const all: LocalAwsOptions[] = lies.map((it) => LIES[it])
  const keys = all.flatMap(({ habits = {}, ...rest }) => [...Object.keys(habits), ...Object.keys(rest)])
  if (new Set(keys).size < keys.length) throw new Error(`two lies about one thing: ${lies.join(', ')}`)
  return Object.assign({}, ...all, { habits: Object.assign({}, ...all.map(({ habits }) => habits)) })
}

const second = (at: number) => `${iso(at).slice(0, 19)}Z`

const BY_STATE: Record<TokenState, UsedToken> = { pending: 'again', done: 'nothing', failed: 'refused' }

/** As if a zone had the other half of the year's offset now, or one that it has in newer data. */
function otherOffset(zone: string): string {
  const clock = OURS.clockOf(zone)
  const [now, year] = [Date.now(), 366 * DAY]
  const offsets = clock.changes(now - year, now + year).flatMap(({ before, after }) => [before, after])
  const other = offsets.find((it) => it !== clock.offsetAt(now) && it % HOUR === 0)
  // The signs of these names are the other way round.
  return other === undefined ? zone : `Etc/GMT${other > 0 ? '-' : '+'}${Math.abs(other) / HOUR}`
}

function without(lost: (event: BusEvent) => boolean) {
  return (event: BusEvent) => (lost(event) ? undefined : event)
}

function endedAs(status: string) {
  return ({ detail }: BusEvent) => 'status' in detail && detail.status === status
}

/** Of an execution that was told to do so, itself: a child's end goes to its parent. */
function isDeadLetter({ text, attributes }: Published, does: string): boolean {
  return attributes.ErrorCode !== undefined && text.includes(`"do":"${does}"`)
}

/** Names the secret elsewhere. */
function reshaped(event: BusEvent): BusEvent {
  if (!('eventName' in event.detail) || event.detail.eventName !== 'RotationFailed') return event
  const { additionalEventData, ...detail } = event.detail as { additionalEventData?: object }
  return { ...event, detail: { ...detail, responseElements: { rotation: additionalEventData } } }
}
