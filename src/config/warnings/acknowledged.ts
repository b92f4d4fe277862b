import type { Config } from '../config.ts'
import type { Acknowledgement, Warning } from './names.ts'

type Name = Acknowledgement['warning']
type Told = { name: string; schedule: string | null }

/** What still has to be looked at; what somebody has looked at, with the reason; what is acknowledged for nothing. */
type Acknowledged<T extends Told> = { left: T[]; acknowledged: (T & { reason: string })[]; unused: Warning[] }

/**
 * Parts what was acknowledged, in its schedule or under `defaults:`, from what was not; and tells what is acknowledged
 * though nothing warns of it: what went away may come back unseen. `isSeen`: whoever asks has looked for that;
 * `alias`: by what other name it may be acknowledged.
 */
export function acknowledge<T extends Told>(
  all: T[],
  config: Config,
  { isSeen, alias }: { isSeen: (name: Name) => boolean; alias?: (name: T['name']) => Name | undefined },
): Acknowledged<T> {
  const outlook: Acknowledged<T> = { left: [], acknowledged: [], unused: [] }
  const own = new Map(config.schedules.map((schedule) => [schedule.name, schedule.acknowledge ?? []]))
  const used = new Set<Acknowledgement>()
  for (const told of all) {
    const mine = told.schedule === null ? [] : (own.get(told.schedule) ?? [])
    const names: (string | undefined)[] = [told.name, alias?.(told.name)]
    const known = [...mine, ...(config.acknowledge ?? [])].find(({ warning }) => names.includes(warning))
    if (known === undefined) outlook.left.push(told)
    else {
      used.add(known)
      outlook.acknowledged.push({ ...told, reason: known.reason })
    }
  }
  const unused = (known: Acknowledgement[], schedule: string | null) =>
    known.flatMap((it, index): Warning[] => {
      if (used.has(it) || !isSeen(it.warning)) return []
      const field = `${schedule === null ? 'defaults.' : ''}acknowledge.${index}.warning`
      const message = `${it.warning} is acknowledged here, and nothing warns of it`
      return [
        { name: 'nothing-to-acknowledge', schedule, field, message, hint: 'remove this acknowledgement' },
      ]
    })
  outlook.unused = [
    ...config.schedules.flatMap(({ name, enabled }) => (enabled ? unused(own.get(name) ?? [], name) : [])),
    ...unused(config.acknowledge ?? [], null),
  ]
  return outlook
}
