import { zoneWarning } from '../../calendar/zone-warning.ts'
import { HORIZON_MS } from '../../config/warnings/warnings.ts'
import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

const MOST = 5

export const zoneData: Check<StageFacts> = {
  name: 'zone-data',
  severity: 'risk',
  cause:
    'Governments change clocks at short notice. EventBridge Scheduler may go by other zone data than ours, and deliver at another hour.',
  check({ config, now, zones }) {
    const found = config.schedules
      .filter(({ enabled }) => enabled)
      .flatMap((schedule) => {
        const warning = zoneWarning(schedule, now, now + HORIZON_MS, ...(zones ?? []))
        return warning ? [{ ...warning, name: schedule.name }] : []
      })
    const [first] = found
    if (first === undefined) return 'fine'
    const shown = found.slice(0, MOST).map(({ name, message }) => `${name}: ${message}`)
    const left = found.length - shown.length
    return {
      symptom: [...shown, ...(left > 0 ? [`and ${left} more schedules`] : [])].join('. '),
      remedy: first.hint,
    }
  },
}
