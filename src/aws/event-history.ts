import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import type { Permission } from './permission.ts'

/** The SDK's own module: loaded by whoever asks, and by nobody else. */
type CloudTrailSdk = Pick<typeof import('@aws-sdk/client-cloudtrail'), 'LookupEventsCommand'>

/** `key`, `value`: the one attribute that there may be. Epoch ms. */
type Asked = { key: 'ResourceName' | 'EventName'; value: string; since: number }

/** CloudTrail's records, newest first, as they were written; `next`: there are more. */
type HistoryPage = { records: unknown[]; next?: string }

/** CloudTrail's Event history of this account and region: management events of 90 days, without any trail. */
export type EventHistory = {
  page(asked: Asked, options: { token?: string | undefined; abortSignal?: AbortSignal }): Promise<HistoryPage>
}

/** Source: Service Authorization Reference, AWS CloudTrail. */
export const HISTORY_PERMISSIONS = {
  page: [{ action: 'cloudtrail:LookupEvents', on: 'any' }],
} as const satisfies Record<string, Permission[]>

/**
 * Two requests a second for everybody in an account and region: ours begin so far apart, ms, one after the other.
 * Source: CloudTrail API reference, LookupEvents.
 */
const APART_MS = 600

/** `load`: the client, when it is first needed. `pause` waits for ms. */
export function openEventHistory({
  load,
  now,
  pause,
}: {
  load(): Promise<{ sdk: CloudTrailSdk; client: CloudTrailClient }>
  now(): number
  pause(ms: number): Promise<unknown>
}): EventHistory {
  let free = 0
  let loaded: ReturnType<typeof load> | undefined
  return {
    async page({ key, value, since }, { token, abortSignal }) {
      const waitMs = free - now()
      free = Math.max(free, now()) + APART_MS
      if (waitMs > 0) await pause(waitMs)
      loaded ??= load()
      const { sdk, client } = await loaded
      const command = new sdk.LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: key, AttributeValue: value }],
        StartTime: new Date(since),
        MaxResults: 50,
        ...(token !== undefined && { NextToken: token }),
      })
      const { Events = [], NextToken } = await client.send(command, { ...(abortSignal && { abortSignal }) })
      return {
        records: Events.map(({ CloudTrailEvent }) => parsed(CloudTrailEvent)),
        ...(NextToken && { next: NextToken }),
      }
    },
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
