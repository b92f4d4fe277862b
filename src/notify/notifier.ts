import type { Config } from '../config/config.ts'
import { zoneOf } from '../config/zone-of.ts'
import type { Log } from '../model/log-lines.ts'
import type { News, Tell } from '../rotation/notify.ts'
import { approvalText } from './approval-text.ts'
import { measuredRotation } from './embedded-metrics.ts'
import { type Event, eventsOf } from './events.ts'
import type { Message, Origin } from './message.ts'
import { hearerOf } from './recipients.ts'
import { kindsOfWave, waveText } from './wave-text.ts'

/** Where announcements go out. Each call gives up, and rejects, after a few seconds. */
export type Outlet = {
  putEvents(events: Event[]): Promise<void>
  /** To the topic of this ARN. */
  publish(topic: string, message: Message): Promise<void>
}

export type Announcing = {
  config: Config
  /** ARN of the stage's own topic; absent where there is none. */
  alertTopic: string | undefined
  region: string
  outlet: Outlet
  /** Epoch ms. */
  now(): number
  log: Log
}

/** Tells of rotations, waves and approvals: events for programs, texts for people, metrics by schedule. */
export function announcer(announcing: Announcing): Tell {
  return async (news) => {
    const { config, now, log } = announcing
    if (news.about === 'rotation') {
      const measured = measuredRotation(config.stage, news.rotation, now())
      if (measured) log('measured', measured)
    }
    await sendOut(announcing, eventsOf(news, config.stage, now()), textOf(news, announcing))
  }
}

/** Sends both at once. What cannot be sent is noted, and left: no outcome depends on it. */
export async function sendOut(
  { outlet, log }: Announcing,
  events: Event[],
  texts: { topic: string; message: Message }[],
): Promise<boolean> {
  const attempt = async (what: string, id: string | undefined, send: () => Promise<void>) => {
    try {
      await send()
      return true
    } catch (error) {
      log('could not announce', { what, id, error: String(error) })
      return false
    }
  }
  const sent = await Promise.all([
    ...(events.length > 0 ? [attempt('event', events[0]?.detail.id, () => outlet.putEvents(events))] : []),
    ...texts.map(({ topic, message }) => attempt('text', message.id, () => outlet.publish(topic, message))),
  ])
  return sent.every(Boolean)
}

export function originOf({ config, region }: Announcing): Origin {
  return { stage: config.stage, configVersion: config.version, region }
}

/** Single rotations have none: their wave's says it, once. */
function textOf(news: News, announcing: Announcing): { topic: string; message: Message }[] {
  const { config, alertTopic } = announcing
  const origin = originOf(announcing)
  if (news.about === 'wave') {
    const topic = hearerOf(news.wave.schedule, kindsOfWave(news.wave), config, alertTopic)
    if (topic === undefined) return []
    return [{ topic, message: waveText(news.wave, zoneOf(news.wave.schedule, config), origin) }]
  }
  if (news.about !== 'approval' || news.approval.status !== 'PENDING') return []
  const topic = hearerOf(news.approval.schedule, ['approval'], config, alertTopic)
  if (topic === undefined) return []
  return [{ topic, message: approvalText(news.approval, zoneOf(news.approval.schedule, config), origin) }]
}
