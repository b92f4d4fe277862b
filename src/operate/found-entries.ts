import { stringify } from 'yaml'
import type { Config } from '../config/config.ts'
import { isPerson, isRole } from '../model/adoption.ts'
import { type Consumer, consumersOf, hasByName } from '../model/consumers.ts'
import type { Look } from '../model/found-consumers.ts'
import { NOT_MOVED } from '../model/found-consumers.ts'
import { oneLine } from '../model/text.ts'
import type { FoundProxy } from './find-proxies.ts'
import type { FoundReader } from './find-reads.ts'
import type { FoundService } from './find-services.ts'

/** What three looks found. */
export type Looks = {
  services: Look<FoundService>
  proxies: Look<FoundProxy>
  readers: Look<FoundReader>
}

/**
 * Entries for `consumers:` of a schedule, as YAML, with comments; `isFirst`: it has none yet. `consumers`: what the whole of
 * it is then.
 */
export type EntriesFound = {
  schedule: string
  entries: string
  isFirst: boolean
  consumers: Record<string, string | string[]>[]
}

export type Having = Pick<Config['schedules'][number], 'name' | 'secrets' | 'select' | 'consumers'>

type Entry = { kind: 'ecs' | 'observe'; name: string; arn?: string; why: string }

/** Entries for `consumers:` of a schedule, for what was found and it does not name; none where it names all. */
export function entriesFor(
  schedule: Having,
  secret: string,
  { services, proxies, readers }: Looks,
): EntriesFound[] {
  const role = (arn: string | undefined, why: string): Entry[] => {
    const name = /^arn:[^:]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(arn ?? '')?.[1]
    return name === undefined || arn === undefined || isPerson(arn)
      ? []
      : [{ kind: 'observe', name, arn, why }]
  }
  const all: Entry[] = [
    ...services.found.flatMap(({ name, controller, taskDefinitions, notes }): Entry[] => {
      const why = [`its task definition names it: ${taskDefinitions.join(', ')}`, ...notes].join('; ')
      return controller ? [] : [{ kind: 'ecs', name, why }]
    }),
    ...services.found.flatMap(({ name, executionRole }) => role(executionRole, `reads for ${name}`)),
    ...proxies.found.flatMap((one) => role(one.role, `RDS Proxy ${one.name}`)),
    ...readers.found
      .filter(({ rotates }) => !rotates)
      .flatMap(({ principal, lastSeen, otherSeen, other }) => {
        const at = [lastSeen, otherSeen].filter((it) => it !== undefined).sort()
        const note = other === undefined ? '' : `; asks for ${other}, ${NOT_MOVED}`
        return role(principal, `fetched it ${at.at(-1) ?? ''}${note}`)
      }),
  ]
  const isAmong = (some: Consumer[] | undefined, { kind, name, arn }: Entry) =>
    (some ?? []).some((it) => it.kind === kind && (arn ? isRole(it.name, arn) : it.name === name))
  const isNamed = (one: Entry) => isAmong(consumersOf(secret, schedule.consumers), one)
  const fresh = all.filter(
    (one, index) =>
      !isNamed(one) && all.findIndex((it) => it.kind === one.kind && it.name === one.name) === index,
  )
  if (fresh.length === 0) return []
  const isOnly =
    schedule.select === undefined && schedule.secrets.every((one) => hasByName(secret, { secrets: [one] }))
  const ofThis = isOnly ? {} : { secrets: [secret] }
  const entries = fresh.map((one) => {
    const { kind, name, why } = one
    // Each stands once: an entry that is there, of other secrets, takes this one.
    if (isAmong(schedule.consumers, one)) return `# ${kind}: ${name} is there: add ${secret} to its secrets\n`
    return `# ${oneLine(why)}\n${stringify([{ [kind]: name, ...ofThis }], { lineWidth: 0 })}`
  })
  const there = schedule.consumers ?? []
  const isTaken = (it: Consumer) => fresh.some((one) => isAmong([it], one))
  const consumers = [
    ...there.map((it) => ({
      [it.kind]: it.name,
      ...(it.secrets && { secrets: isTaken(it) ? [...it.secrets, secret] : it.secrets }),
    })),
    ...fresh.filter((one) => !isAmong(there, one)).map(({ kind, name }) => ({ [kind]: name, ...ofThis })),
  ]
  return [{ schedule: schedule.name, entries: entries.join(''), isFirst: there.length === 0, consumers }]
}
