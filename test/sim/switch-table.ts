import type { Aftermath } from './invariants.ts'
import { simulate } from './simulate.ts'
import { SWITCH_NAMES, SWITCHES, type Switch, type SwitchName, switchesOf } from './switches.ts'

/** Seeds of each switch that are run again, to see what it alone changes. */
const COMPARED = 40

/** What a run came to: each rotation's outcome, and whether its start is known. */
function outcomesOf({ stage }: Aftermath): string {
  const rows = [...stage.ledger.rows.values()].map(
    ({ rotationId, status, reason, late, startedAt }) =>
      `${rotationId} ${status} ${reason} ${late} ${startedAt === undefined}`,
  )
  return rows.sort().join('\n')
}

/**
 * How often each switch fired, and how often it changed an outcome: the same seed in a calm world, where nothing else is
 * left to chance, once with this switch alone and once without. So the difference is its doing.
 */
export function switchTable() {
  const counts = new Map(SWITCH_NAMES.map((name) => [name, { on: 0, fired: 0, times: 0 }]))
  const seeds = new Map<SwitchName, number[]>()
  return {
    note(seed: number, { scenario }: Aftermath) {
      for (const name of switchesOf(seed)) {
        const count = counts.get(name)
        const times = scenario.fired.get(name) ?? 0
        if (!count) continue
        count.on++
        if (times === 0) continue
        count.fired++
        count.times += times
        seeds.set(name, [...(seeds.get(name) ?? []), seed].slice(0, COMPARED))
      }
    },
    async lines(): Promise<string[]> {
      const lines = ['switch                   on in  fired in   times  changed an outcome in']
      for (const name of SWITCH_NAMES) {
        const { on = 0, fired = 0, times = 0 } = counts.get(name) ?? {}
        const { what, off } = SWITCHES[name] as Switch
        const some = seeds.get(name) ?? []
        let changed = 0
        for (const seed of some) {
          const runs = [
            await simulate(seed, { calm: true, on: [name] }),
            await simulate(seed, { calm: true, on: [] }),
          ]
          const [withIt, without] = runs.map(({ aftermath }) => outcomesOf(aftermath))
          if (withIt !== without) changed++
        }
        const numbers = [on, fired, times].map((count) => String(count).padStart(7)).join('  ')
        lines.push(
          off === undefined
            ? `${name.padEnd(22)} ${numbers}  ${changed} of ${some.length} runs by itself: ${what}`
            : `${name.padEnd(22)}     off: ${off}`,
        )
      }
      return lines
    },
  }
}
