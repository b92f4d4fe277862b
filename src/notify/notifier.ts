import type { Config } from '../config/config.ts'
import { zoneOf } from '../config/zone-of.ts'
import type { Log } from '../model/log-lines.ts'
import type { Notification, Notify } from '../rotation/notification.ts'
import { approvalText } from './approval-text.ts'
import { rotationMetrics } from './embedded-metrics.ts'
import { type Event, eventsOf } from './events.ts'
import type { Message, Origin } from './message.ts'
import { recipientOf } from './recipients.ts'
import { kindsOfWave, waveText } from './wave-text.ts'

/** Where announcements go out. Each call gives up, and rejects, after a few seconds. */
export type Publisher = {
  putEvents(events: Event[]): Promise<void>
  /** To the topic of this ARN. */
  publish(topic: string, message: Message): Promise<void>
}

export type NotifierSettings = {
  config: Config
  /** ARN of the stage's own topic; absent where there is none. */
  alertTopic: string | undefined
  region: string
  publisher: Publisher
  /** Epoch ms. */
  now(): number
  log: Log
}

/** Tells of rotations, waves and approvals: events for programs, texts for people, metrics by schedule. */
export function createNotifier(notifierSettings: NotifierSettings): Notify {
  return async (news) => {
    const { config, now, log } = notifierSettings
    if (news.about === 'rotation') {
      const measured = rotationMetrics(config.stage, news.rotation, now())
      if (measured) log('measured', measured)
    }
    await sendOut(notifierSettings, eventsOf(news, config.stage, now()), textOf(news, notifierSettings))
  }
}

/** Sends both at once. What cannot be sent is noted, and left: no outcome depends on it. */
export async function sendOut(
  { publisher, log }: NotifierSettings,
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
    ...(events.length > 0 ? [attempt('event', events[0]?.detail.id, () => publisher.putEvents(events))] : []),
    ...texts.map(({ topic, message }) =>
      attempt('text', message.id, () => publisher.publish(topic, message)),
    ),
  ])
  return sent.every(Boolean)
}

export function originOf({ config, region }: NotifierSettings): Origin {
  return { stage: config.stage, configVersion: config.version, region }
}

/** Single rotations have none: their wave's says it, once. */
function textOf(
  news: Notification,
  notifierSettings: NotifierSettings,
): { topic: string; message: Message }[] {
  const { config, alertTopic } = notifierSettings
  const origin = originOf(notifierSettings)
  if (news.about === 'wave') {
    const topic = recipientOf(news.wave.schedule, kindsOfWave(news.wave), config, alertTopic)
    if (topic === undefined) return []
    return [{ topic, message: waveText(news.wave, zoneOf(news.wave.schedule, config), origin) }]
  }
  if (news.about !== 'approval' || news.approval.status !== 'PENDING') return []
  const topic = recipientOf(news.approval.schedule, ['approval'], config, alertTopic)
  if (topic === undefined) return []
  return [{ topic, message: approvalText(news.approval, zoneOf(news.approval.schedule, config), origin) }]
}
