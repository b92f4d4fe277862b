import { stringify } from 'yaml'
import type { Config } from '../config/config.ts'
import { isRole } from '../model/adoption.ts'
import { type Consumer, consumersOf, hasByName } from '../model/consumers.ts'
import type { Look } from '../model/found-consumers.ts'
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

/** Entries for `consumers:` of a schedule, as YAML; `isFirst`: it has none yet. */
export type EntriesFound = { schedule: string; entries: string; isFirst: boolean }

export type Having = Pick<Config['schedules'][number], 'name' | 'secrets' | 'select' | 'consumers'>

type Entry = { kind: 'ecs' | 'observe'; name: string; arn?: string; why: string }

/** A person's role of IAM Identity Center: whoever looked once is no application. */
const PERSONAL = /^AWSReservedSSO_/

/** Entries for `consumers:` of a schedule, for what was found and it does not name; none where it names all. */
export function entriesFor(
  schedule: Having,
  secret: string,
  { services, proxies, readers }: Looks,
): EntriesFound[] {
  const role = (arn: string | undefined, why: string): Entry[] => {
    const name = /^arn:[^:]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(arn ?? '')?.[1]
    return name === undefined || arn === undefined || PERSONAL.test(name)
      ? []
      : [{ kind: 'observe', name, arn, why }]
  }
  const all: Entry[] = [
    ...services.found.flatMap(({ name, controller, taskDefinitions }): Entry[] =>
      controller
        ? []
        : [{ kind: 'ecs', name, why: `its task definition names it: ${taskDefinitions.join(', ')}` }],
    ),
    ...services.found.flatMap(({ name, executionRole }) => role(executionRole, `reads for ${name}`)),
    ...proxies.found.flatMap((one) => role(one.role, `RDS Proxy ${one.name}`)),
    ...readers.found
      .filter(({ rotates }) => !rotates)
      .flatMap(({ principal, lastSeen, otherSeen }) =>
        role(principal, `fetched it ${lastSeen ?? otherSeen ?? ''}`),
      ),
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
  const entries = fresh.map((one) => {
    const { kind, name, why } = one
    // Each stands once: an entry that is there, of other secrets, takes this one.
    if (isAmong(schedule.consumers, one)) return `# ${kind}: ${name} is there: add ${secret} to its secrets\n`
    const entry = { [kind]: name, ...(!isOnly && { secrets: [secret] }) }
    return `# ${oneLine(why)}\n${stringify([entry], { lineWidth: 0 })}`
  })
  return [
    {
      schedule: schedule.name,
      entries: entries.join(''),
      isFirst: (schedule.consumers ?? []).length === 0,
    },
  ]
}
