import { hostname, userInfo } from 'node:os'
import type { Config } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import type { Hold, Scope } from '../ledger/holds.ts'
import { secretNameOf } from '../rotation/identity.ts'
import { recordsIn } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'
import { type Arguments, CannotDo, type Command } from './command.ts'
import { validConfig } from './stage.ts'
import { table } from './table.ts'

export const hold: Command = {
  name: 'hold',
  summary: 'emergency stop: all, a schedule, or a secret; at once, without a deploy',
  help: `Usage: tourbillon hold --stage NAME (--all | --schedule NAME | --secret ID) --reason TEXT [--until ISO]
       tourbillon hold --stage NAME --list

Nothing that it covers starts any more, also in waves under way; what has started is followed to its end.

  --all              every rotation of the stage
  --schedule NAME    one schedule
  --secret ID        one secret, by name or ARN
  --reason TEXT      why: everybody who is held up will read it
  --until ISO        when it ends by itself; default: when it is released
  --list             the holds in force
  --json             the hold, or the holds, as kept

Exit status: 0; 2 it could not be done.
Example: npx tourbillon hold --stage prod --all --reason 'incident 4711' --until 2026-11-25T06:00:00Z
`,
  options: {
    all: { type: 'boolean' },
    schedule: { type: 'string' },
    secret: { type: 'string' },
    reason: { type: 'string' },
    until: { type: 'string' },
    list: { type: 'boolean' },
  },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const { holds } = recordsIn(namesOf(config.stage).ledgerTable)
    const now = new Date(terminal.now()).toISOString()
    if (args.values.list) {
      const found = await withAws('read the holds', () => holds.inForce(now))
      if (args.values.json) terminal.out(`${JSON.stringify(found, null, 2)}\n`)
      else if (found.length === 0) terminal.err('nothing is held\n')
      else terminal.out(holdTable(found))
      return 0
    }
    const scope = scopeOf(args, config)
    const { reason, until } = args.values as { reason?: string; until?: string }
    if (!reason)
      throw new CannotDo('why?', { hint: 'add --reason TEXT: everybody who is held up will read it' })
    const end = until === undefined ? undefined : instantAhead(until, terminal.now())
    const placed = await withAws('place the hold', () =>
      holds.place({ scope, reason, by: operator(), placedAt: now, ...(end && { until: end }) }),
    )
    if (args.values.json) terminal.out(`${JSON.stringify(placed, null, 2)}\n`)
    else terminal.out(holdTable([placed]))
    return 0
  },
}

/** What `--all`, `--schedule` or `--secret` names. Throws CannotDo where the config does not know it. */
export function scopeOf({ values }: Arguments, config: Config): Scope {
  const { all, schedule, secret } = values as { all?: boolean; schedule?: string; secret?: string }
  if ([all, schedule, secret].filter((it) => it !== undefined).length !== 1) {
    throw new CannotDo('what?', { hint: 'one of --all, --schedule NAME, --secret ID' })
  }
  if (schedule !== undefined) {
    const known = config.schedules.map(({ name }) => name)
    if (!known.includes(schedule))
      throw new CannotDo(`no schedule «${schedule}»`, { hint: `known: ${known.join(', ')}` })
    return `schedule/${schedule}`
  }
  if (secret === undefined) return 'all'
  const known = new Set(config.schedules.flatMap(({ secrets }) => secrets.map(secretNameOf)))
  const name = secretNameOf(secret)
  if (!known.has(name))
    throw new CannotDo(`no secret «${name}» in the config`, { hint: `known: ${[...known].join(', ')}` })
  return `secret/${name}`
}

/** Who is at the keyboard, for the record. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`
}

function instantAhead(text: string, now: number): string {
  const instant = Date.parse(text)
  if (Number.isNaN(instant)) throw new CannotDo(`--until ${text}: write 2026-11-25T06:00:00Z`)
  if (instant <= now) throw new CannotDo(`--until ${text} has passed`)
  return new Date(instant).toISOString()
}

function holdTable(holds: Hold[]): string {
  const rows = holds.map(({ scope, by, placedAt, until = 'released', reason }) => [
    scope,
    by,
    placedAt,
    until,
    reason,
  ])
  return table(['HELD', 'BY', 'SINCE (UTC)', 'UNTIL', 'REASON'], rows)
}
