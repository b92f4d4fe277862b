import { setTimeout as pause } from 'node:timers/promises'
import { type EventHistory, openEventHistory } from '../aws/event-history.ts'
import { settingsFor } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { watchesReads } from '../model/adoption.ts'

/** CloudTrail's Event history, for stages that ask who fetches; its client is loaded where somebody is about to be named. */
export function openReadHistory(config: Config): EventHistory | undefined {
  if (!watchesReads(config)) return undefined
  return openEventHistory({
    async load() {
      const { CloudTrailClient, LookupEventsCommand } = await import('../aws/late-cloudtrail.ts')
      const client = new CloudTrailClient({ ...settingsFor('repeatable') })
      return { sdk: { LookupEventsCommand }, client }
    },
    ...{ now: Date.now, pause },
  })
}
