import type { Config } from '../config.ts'
import type { Acknowledgement, Warning } from './names.ts'

/** By the machine, or by what is not compiled: not seen everywhere. */
const UNSEEN: string[] = ['zone-data', 'unpinned', 'unknown-region'] satisfies Acknowledgement['warning'][]

/** What still has to be looked at, and what somebody has looked at, with the reason. */
type Acknowledged = { warnings: Warning[]; acknowledged: (Warning & { reason: string })[] }

/**
 * Parts warnings that were acknowledged, in their schedule or under `defaults:`, from those that were not; and adds what
 * is acknowledged though nothing warns of it: what went away may come back unseen.
 */
export function acknowledge(all: Warning[], config: Config): Acknowledged {
  const outlook: Acknowledged = { warnings: [], acknowledged: [] }
  const own = new Map(config.schedules.map((schedule) => [schedule.name, schedule.acknowledge ?? []]))
  const used = new Set<Acknowledgement>()
  for (const warning of all) {
    const mine = warning.schedule === null ? [] : (own.get(warning.schedule) ?? [])
    const known = [...mine, ...(config.acknowledge ?? [])].find((it) => it.warning === warning.name)
    if (known === undefined) outlook.warnings.push(warning)
    else {
      used.add(known)
      outlook.acknowledged.push({ ...warning, reason: known.reason })
    }
  }
  const unused = (known: Acknowledgement[], schedule: string | null) =>
    known.flatMap((it, index): Warning[] => {
      if (used.has(it) || UNSEEN.includes(it.warning)) return []
      const field = `${schedule === null ? 'defaults.' : ''}acknowledge.${index}.warning`
      const message = `${it.warning} is acknowledged here, and nothing warns of it`
      return [
        { name: 'nothing-to-acknowledge', schedule, field, message, hint: 'remove this acknowledgement' },
      ]
    })
  outlook.warnings.push(
    ...config.schedules.flatMap(({ name, enabled }) => (enabled ? unused(own.get(name) ?? [], name) : [])),
    ...unused(config.acknowledge ?? [], null),
  )
  return outlook
}
