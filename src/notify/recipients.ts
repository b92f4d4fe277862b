import type { Config, NotifyKind, NotifyRule } from '../config/config.ts'
import type { Message } from './message.ts'

/** A way in which texts reach people: see src/aws/channels.ts. */
export type Channel = {
  /** Where texts go that a schedule's rule asks for; undefined: nowhere by this channel. */
  addressOf(rule: NotifyRule): string | undefined
  /** Gives up, and rejects, after a few seconds. */
  send(address: string, message: Message): Promise<void>
}

export type Recipient = { channel: Channel; address: string }

/** What people are notified of where the config does not say. */
export const NOTIFIED_BY_DEFAULT: readonly NotifyKind[] = ['failure', 'missed', 'approval']

/** Who is notified of any of these kinds for this schedule: by each channel, one at most. */
export function recipientsOf(
  schedule: string | undefined,
  kinds: readonly NotifyKind[],
  { config, channels }: { config: Config; channels: readonly Channel[] },
): Recipient[] {
  const rule = config.schedules.find(({ name }) => name === schedule)?.notify ?? {}
  const wanted = rule.on ?? NOTIFIED_BY_DEFAULT
  if (!kinds.some((kind) => wanted.includes(kind))) return []
  return addressesOf(rule, channels)
}

/** Where texts go by a schedule's rule. */
export function addressesOf(rule: NotifyRule, channels: readonly Channel[]): Recipient[] {
  return channels.flatMap((channel) => {
    const address = channel.addressOf(rule)
    return address === undefined ? [] : [{ channel, address }]
  })
}
