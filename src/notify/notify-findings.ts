import { DAY } from '../calendar/civil.ts'
import { zoneOf } from '../config/zone-of.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Told } from '../ledger/notified-findings.ts'
import type { Announce, Finding } from '../model/finding.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { untoldSince } from '../rotation/notify.ts'
import { measuredFindings } from './embedded-metrics.ts'
import { eventsOf, findingEvent } from './events.ts'
import { findingsText, heardAs } from './findings-text.ts'
import { type Announcing, originOf, sendOut } from './notifier.ts'
import { hearerOf } from './recipients.ts'

/** What stays so is told again after so long. */
const QUIET_MS = DAY

/** Findings that one audit tells; the log and the counts have them all. */
const MOST_TOLD = 500

/** Events put at once: an outlet gives up after seconds, so many must be possible within them. */
const BATCH = 50

/**
 * Tells what an audit found, once a day while it stays: metrics by schedule, events for programs, and one text a topic.
 * Never rejects: the audit goes on whether or not anybody could be told.
 */
export function announcesFindings(
  announcing: Announcing & { ledger: Pick<Ledger, 'get'>; told: Told },
): Announce {
  return async (findings) => {
    const { config, now, log } = announcing
    for (const line of measuredFindings(config.stage, findings, now())) log('measured', line)
    try {
      const fresh = (await untold(findings, announcing)).slice(0, MOST_TOLD)
      if (fresh.length === 0) return
      if (await tell(fresh, announcing)) {
        await announcing.told.note(fresh.map(noteOf), iso(now()))
      }
    } catch (error) {
      log('could not announce', { what: 'findings', error: String(error) })
    }
  }
}

const noteOf = ({ kind, key }: Finding) => `${kind} ${key}`

async function untold(findings: Finding[], { told, now }: Announcing & { told: Told }): Promise<Finding[]> {
  const since = iso(now() - QUIET_MS)
  const fresh = new Set(await told.untold(findings.map(noteOf), since))
  return findings.filter((finding) => fresh.has(noteOf(finding)))
}

async function tell(
  findings: Finding[],
  announcing: Announcing & { ledger: Pick<Ledger, 'get'> },
): Promise<boolean> {
  const { config, now } = announcing
  const records = await recordsOf(findings, announcing.ledger)
  const transitions = [...records.values()].flatMap((rotation) =>
    eventsOf({ about: 'rotation', rotation, since: untoldSince(rotation) }, config.stage, now()),
  )
  const events = [...transitions, ...findings.map((finding) => findingEvent(finding, config.stage, now()))]
  let sent = await sendOut(announcing, [], textsOf(findings, records, announcing))
  // Where one batch does not get through in seconds, the next will not either.
  for (let at = 0; at < events.length && sent; at += BATCH) {
    sent = await sendOut(announcing, events.slice(at, at + BATCH), [])
  }
  return sent
}

/** Of the rotations that an audit has settled, or that have succeeded after all. */
async function recordsOf(findings: Finding[], ledger: Pick<Ledger, 'get'>): Promise<Map<string, Rotation>> {
  const ids = findings.flatMap(({ rotationId }) => rotationId ?? [])
  const records = await Promise.all(ids.map((id) => ledger.get(id)))
  return new Map(records.flatMap((record) => (record ? [[record.rotationId, record] as const] : [])))
}

function textsOf(findings: Finding[], records: Map<string, Rotation>, announcing: Announcing) {
  const { config, alertTopic } = announcing
  const byTopic = new Map<string, Finding[]>()
  for (const finding of findings) {
    const kind = heardAs(finding)
    const topic = kind && hearerOf(finding.schedule, [kind], config, alertTopic)
    if (topic) byTopic.set(topic, [...(byTopic.get(topic) ?? []), finding])
  }
  const zone = (schedule: string) => zoneOf(schedule, config)
  return [...byTopic].map(([topic, theirs]) => ({
    topic,
    message: findingsText(theirs, records, zone, originOf(announcing)),
  }))
}
