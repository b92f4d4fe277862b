import { zoneOf } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NotifiedFindings } from '../ledger/notified-findings.ts'
import type { Finding, NotifyFindings } from '../model/finding.ts'
import type { Log } from '../model/log-lines.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { unnotifiedSince } from '../rotation/notification.ts'
import { findingMetrics } from './embedded-metrics.ts'
import { eventsOf, findingEvent } from './events.ts'
import { findingsText, notifyKindOf } from './findings-text.ts'
import { type NotifierSettings, originOf, sendOut, type Text } from './notifier.ts'
import { type Recipient, recipientsOf } from './recipients.ts'

/** People are notified again of what stays so after so long. */
const QUIET_MS = DAY

/** Findings that one audit notifies of; the log and the counts have them all. */
const MOST_NOTIFIED = 500

/** Events put at once: an outlet gives up after seconds, so many must be possible within them. */
const BATCH = 50

/**
 * Notifies of what an audit found, once a day while it stays: metrics by schedule, events for programs, and one text a
 * recipient.
 * Never rejects: the audit goes on whether or not anybody could be notified. Decision 0074.
 */
export function createFindingsNotifier(
  settings: NotifierSettings & { ledger: Pick<Ledger, 'get'>; notifiedFindings: NotifiedFindings },
): NotifyFindings {
  return async (findings) => {
    const { config, now, log } = settings
    for (const line of findingMetrics(config.stage, findings, now())) log('measured', line)
    try {
      const fresh = (await notNotified(findings, settings)).slice(0, MOST_NOTIFIED)
      if (fresh.length === 0) return
      if (await notify(fresh, settings)) {
        await settings.notifiedFindings.note(fresh.map(noteOf), iso(now()))
      }
    } catch (error) {
      log('could not announce', { what: 'findings', error: String(error) })
    }
  }
}

const noteOf = ({ kind, key }: Finding) => `${kind} ${key}`

async function notNotified(
  findings: Finding[],
  { notifiedFindings, now }: NotifierSettings & { notifiedFindings: NotifiedFindings },
): Promise<Finding[]> {
  const since = iso(now() - QUIET_MS)
  const fresh = new Set(await notifiedFindings.notNotified(findings.map(noteOf), since))
  return findings.filter((finding) => fresh.has(noteOf(finding)))
}

async function notify(
  findings: Finding[],
  settings: NotifierSettings & { ledger: Pick<Ledger, 'get'> },
): Promise<boolean> {
  const { config, now } = settings
  const records = await recordsOf(findings, settings.ledger)
  const transitions = [...records.values()].flatMap((rotation) =>
    eventsOf({ about: 'rotation', rotation, since: unnotifiedSince(rotation) }, config.stage, now()),
  )
  const events = [...transitions, ...findings.map((finding) => findingEvent(finding, config.stage, now()))]
  let sent = await sendOut(settings, [], textsOf(findings, records, settings))
  // Where one batch does not get through in seconds, the next will not either.
  for (let at = 0; at < events.length && sent; at += BATCH) {
    sent = await sendOut(settings, events.slice(at, at + BATCH), [])
  }
  return sent
}

/** Of the rotations that an audit has settled, or that have succeeded after all. A handover changes no outcome. */
async function recordsOf(findings: Finding[], ledger: Pick<Ledger, 'get'>): Promise<Map<string, Rotation>> {
  const ids = findings.flatMap(({ kind, rotationId }) => (kind === 'HANDOVER' ? [] : (rotationId ?? [])))
  const records = await Promise.all(ids.map((id) => ledger.get(id)))
  return new Map(records.flatMap((record) => (record ? [[record.rotationId, record] as const] : [])))
}

function textsOf(findings: Finding[], records: Map<string, Rotation>, settings: NotifierSettings): Text[] {
  const { config } = settings
  const byRecipient = new Map<string, Recipient & { findings: Finding[] }>()
  for (const finding of findings) {
    const kind = notifyKindOf(finding)
    const recipients = kind === undefined ? [] : recipientsOf(finding.schedule, [kind], settings)
    for (const { channel, address } of recipients) {
      const key = `${settings.channels.indexOf(channel)} ${address}`
      const { findings: theirs } = byRecipient.get(key) ?? { findings: [] }
      byRecipient.set(key, { channel, address, findings: [...theirs, finding] })
    }
  }
  const zone = (schedule: string) => zoneOf(schedule, config)
  return [...byRecipient.values()].map(({ findings: theirs, ...recipient }) => ({
    ...recipient,
    message: findingsText(theirs, records, zone, originOf(settings)),
  }))
}

/** Most that one run writes out; the counts are complete. */
const MOST_LINES = 100

/** The findings as lines of the log, for metrics and for who reads it. */
export function createFindingsLog(log: Log): NotifyFindings {
  return async (findings) => {
    for (const finding of findings.slice(0, MOST_LINES)) log('found', finding)
    if (findings.length > MOST_LINES) log('found more', { left: findings.length - MOST_LINES })
  }
}
