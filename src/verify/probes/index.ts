import type { Probe } from '../lab.ts'
import { deliveries } from './deliveries.ts'
import { failing, names, stopping, versions } from './executions.ts'
import { clock, invokePermission, messages } from './plain.ts'
import { failure, rotation, tokens } from './rotation.ts'
import { waits } from './waits.ts'
import { zones } from './zones.ts'

/** All of them, side by side. */
export const PROBES: Record<string, Probe> = {
  ...{ deliveries, zones, waits, rotation, tokens, failure, names, failing, stopping, versions },
  ...{ messages, clock, invokePermission },
}
