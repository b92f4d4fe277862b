import { type Config, zoneOf } from '../config/config.ts'
import type { Log } from '../model/log-lines.ts'
import type { Notification, Notify } from '../rotation/notification.ts'
import { approvalText } from './approval-text.ts'
import { rotationMetrics } from './embedded-metrics.ts'
import { type Event, eventsOf, withOwners } from './events.ts'
import type { Message, Origin } from './message.ts'
import { overrideText } from './override-text.ts'
import { type Channel, type Recipient, recipientsOf } from './recipients.ts'
import { kindsOfWave, waveText } from './wave-text.ts'

/** A text, and whom it is for. */
export type Text = Recipient & { message: Message }

export type NotifierSettings = {
  config: Config
  region: string
  /** Gives up, and rejects, after a few seconds. */
  eventBus: { putEvents(events: Event[]): Promise<void> }
  channels: readonly Channel[]
  /** Epoch ms. */
  now(): number
  log: Log
}

/** Notifies of rotations, waves and approvals: events for programs, texts for people, metrics by schedule. */
export function createNotifier(settings: NotifierSettings): Notify {
  return async (notification) => {
    const { config, now, log } = settings
    if (notification.about === 'rotation') {
      const measured = rotationMetrics(config.stage, notification.rotation, now())
      if (measured) log('measured', measured)
    }
    await sendOut(settings, eventsOf(notification, config.stage, now()), textsOf(notification, settings))
  }
}

/** Sends both at once. What cannot be sent is noted, and left: no outcome depends on it. */
export async function sendOut(
  { config, eventBus, log }: NotifierSettings,
  events: Event[],
  texts: Text[],
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
    ...(events.length > 0
      ? [attempt('event', events[0]?.detail.id, () => eventBus.putEvents(withOwners(events, config)))]
      : []),
    ...texts.map(({ channel, address, message }) =>
      attempt('text', message.id, () => channel.send(address, message)),
    ),
  ])
  return sent.every(Boolean)
}

export function originOf({ config, region }: NotifierSettings): Origin {
  const { stage, version: configVersion, schedules } = config
  return { stage, configVersion, region, schedules }
}

/** Single rotations have none: their wave's says it, once. */
function textsOf(notification: Notification, settings: NotifierSettings): Text[] {
  const zone = (schedule: string) => zoneOf(schedule, settings.config)
  if (notification.about === 'wave') {
    const { wave } = notification
    return recipientsOf(wave.schedule, kindsOfWave(wave), settings).map((recipient) => ({
      ...recipient,
      message: waveText(wave, zone(wave.schedule), originOf(settings)),
    }))
  }
  if (notification.about === 'override') {
    const { override } = notification
    return recipientsOf(override.schedule, ['approval'], settings).map((recipient) => ({
      ...recipient,
      message: overrideText(override, zone(override.schedule), originOf(settings)),
    }))
  }
  if (notification.about !== 'approval' || notification.approval.status !== 'PENDING') return []
  const { approval } = notification
  return recipientsOf(approval.schedule, ['approval'], settings).map((recipient) => ({
    ...recipient,
    message: approvalText(approval, zone(approval.schedule), originOf(settings)),
  }))
}
