import type { Config } from '../config/config.ts'
import { parseFunction, REGION, topicArn } from '../local/arn.ts'
import type { LocalAws } from '../local/aws.ts'
import { watchesReads } from '../model/adoption.ts'
import { allHooks } from '../model/hooks.ts'
import { placesOf, roleArnOf } from '../model/place.ts'
import { namesOf } from '../model/resource-names.ts'

/**
 * What a stage needs around it and the local AWS would not have by itself: its queues, its topic and somebody who listens
 * to it, roles of member accounts, Change Calendars that are open, and hooks that say yes. `said`: hears of each.
 */
export function surround(aws: LocalAws, config: Config, said: (line: string) => void): void {
  const names = namesOf(config.stage)
  const topic = topicArn(names.alertTopic)
  aws.lookUps.queues.set(names.deadLetterQueue, 0)
  if (watchesReads(config)) aws.lookUps.queues.set(names.readsDeadLetters, 0)
  aws.lookUps.topics.set(topic, [{ SubscriptionArn: `${topic}:1`, Endpoint: 'you@example.com' }])
  for (const place of placesOf(config.schedules)) {
    const role = roleArnOf(place, REGION)
    const { externalId } = place
    if (role !== undefined) aws.roles.set(role, externalId === undefined ? {} : { externalId })
  }
  for (const calendar of config.schedules.flatMap((it) => it.changeCalendars ?? []))
    aws.changeCalendars.set(calendar.replace(/^arn:.*:document\//, ''), { type: 'DEFAULT_OPEN', events: [] })
  for (const { invoke } of config.schedules.flatMap(allHooks)) {
    const { name } = parseFunction(invoke)
    aws.functions.set(name, async (event) => {
      const { hook, secret } = event as { hook?: string; secret?: string }
      said(`${name}, a hook, was asked ${hook} the rotation of ${secret}: it said yes`)
      return {}
    })
  }
}
