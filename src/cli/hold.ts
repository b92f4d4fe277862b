import { hostname, userInfo } from 'node:os'
import { iso } from '../calendar/iso.ts'
import type { Config, Schedule } from '../config/config.ts'
import { namesOf } from '../config/names.ts'
import type { Hold, Scope } from '../ledger/holds.ts'
import { atDoor } from '../model/text.ts'
import { secretNameOf } from '../rotation/identity.ts'
import { recordsIn } from '../rotation/open-world.ts'
import { withAws } from './aws.ts'
import { type Arguments, CannotDo, type Command } from './command.ts'
import { instantBySchedules } from './instants.ts'
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
  --until ISO        when it ends by itself; default: when it is released. Without an offset, 2026-11-25T06:00,
                     by the clock of the schedules that it covers, which is said
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
    if (args.values.list) {
      const { holds } = recordsIn(namesOf(config.stage).ledgerTable)
      const found = await withAws('read the holds', () => holds.inForce(iso(terminal.now())))
      if (args.values.json) terminal.out(`${JSON.stringify(found, null, 2)}\n`)
      else if (found.length === 0) terminal.err('nothing is held\n')
      else terminal.out(holdTable(found))
      return 0
    }
    const scope = scopeOf(args, config)
    const { reason, until } = args.values as { reason?: string; until?: string }
    if (!reason?.trim())
      throw new CannotDo('why?', { hint: 'add --reason TEXT: everybody who is held up will read it' })
    const end =
      until === undefined
        ? {}
        : { until: instantBySchedules('until', until, coveredBy(scope, config), terminal) }
    const placed = await placeHold(config, { scope, reason, ...end }, terminal.now())
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
  if (schedule !== undefined) return knownScope(`schedule/${schedule}`, config)
  return secret === undefined ? 'all' : knownScope(`secret/${secretNameOf(secret)}`, config)
}

/** The scope, where the config knows what it names. Throws CannotDo. */
export function knownScope(scope: Scope, { schedules }: Config): Scope {
  const [kind = '', name = ''] = scope.split(/\/(.*)/s)
  if (kind === 'schedule') {
    const known = schedules.map((it) => it.name)
    if (!known.includes(name))
      throw new CannotDo(`no schedule «${name}»`, { hint: `known: ${known.join(', ')}` })
  }
  if (kind === 'secret') {
    const known = new Set(schedules.flatMap(({ secrets }) => secrets.map(secretNameOf)))
    if (!known.has(name))
      throw new CannotDo(`no secret «${name}» in the config`, { hint: `known: ${[...known].join(', ')}` })
  }
  return scope
}

/** The schedules whose rotations a scope holds; those that select may have any secret. */
function coveredBy(scope: Scope, { schedules }: Config): Schedule[] {
  const [kind, name = ''] = scope.split(/\/(.*)/s)
  if (kind === 'all') return schedules
  if (kind === 'schedule') return schedules.filter((it) => it.name === name)
  return schedules.filter(({ secrets }) => secrets.some((secret) => secretNameOf(secret) === name))
}

/** Places a hold for whoever is at the keyboard. `now` and `until`: epoch ms. Throws CannotDo. */
export async function placeHold(
  config: Config,
  { scope, reason, until }: { scope: Scope; reason: string; until?: number },
  now: number,
): Promise<Hold> {
  if (until !== undefined && until <= now)
    throw new CannotDo(`${iso(until)} has passed`, {
      hint: 'a hold ends later than now, or when it is released',
    })
  const { holds } = recordsIn(namesOf(config.stage).ledgerTable)
  const end = until === undefined ? {} : { until: iso(until) }
  return withAws('place the hold', () =>
    holds.place({ scope, reason: atDoor(reason), by: operator(), placedAt: iso(now), ...end }),
  )
}

/** Who is at the keyboard, for the record. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`
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
