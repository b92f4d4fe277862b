import { frozenBy } from '../calendar/freezes.ts'
import type { Config } from '../config/config.ts'
import type { Policies, Policy } from '../ledger/policies.ts'
import type { Refusal } from '../model/reasons.ts'
import { iso } from '../model/time.ts'
import { frozenIn, type GateInputs } from './gate.ts'

/**
 * What this config forbids. `earlier`: what stood there, for the schedules that are gone since. `at`: epoch ms.
 * Decision 0096.
 */
export function policyOf(
  { version, freezes, schedules }: Config,
  earlier: Policy | undefined,
  at: number,
): Policy {
  const names = schedules.map(({ name }) => name)
  const gone = [...(earlier?.schedules ?? []), ...(earlier?.disabled ?? [])].filter(
    (name) => !names.includes(name),
  )
  const off = schedules.filter(({ enabled }) => !enabled).map(({ name }) => name)
  return {
    configVersion: version,
    at: iso(at),
    freezes: freezes.map((freeze) => {
      const ignoring = schedules.filter((it) => it.ignoreFreezes.some(({ name }) => name === freeze.name))
      return { ...freeze, ...(ignoring.length > 0 && { ignoredBy: ignoring.map(({ name }) => name) }) }
    }),
    disabled: [...new Set([...off, ...gone])].sort(),
    schedules: names,
  }
}

/** Keeps the policy of this config, once for a config; answers with what stood there. `began`: when this audit did, epoch ms. */
export async function keepPolicy(
  policies: Policies,
  config: Config,
  began: number,
): Promise<Policy | undefined> {
  const standing = await policies.get()
  // What stands unchanged keeps the time since which it has; `put` leaves a later audit's.
  if (standing?.configVersion !== config.version) await policies.put(policyOf(config, standing, began))
  return standing
}

/**
 * What a config bars that was deployed after this execution started (`startedAt`, epoch ms). What started after the
 * policy was written runs on that config, or a newer one which may have lifted what the policy still says.
 */
export function barredByPolicy(
  rotation: GateInputs & { name: string },
  policy: Policy | undefined,
  startedAt: number,
  now: number,
  which = 'deployed since it started',
): Refusal | undefined {
  if (policy === undefined || policy.at <= iso(startedAt)) return undefined
  const { name, trigger, override, scheduledAt } = rotation
  const since = `config ${policy.configVersion}, ${which}`
  if (trigger !== 'ON_DEMAND' && policy.disabled.includes(name)) {
    return { reason: 'DISABLED', message: `schedule "${name}" is disabled, or gone, by ${since}` }
  }
  if (override !== undefined) return undefined
  const kept = policy.freezes.filter(({ ignoredBy = [] }) => !ignoredBy.includes(name))
  const freeze = frozenBy(kept, Math.max(now, scheduledAt))
  if (freeze === undefined) return undefined
  const { reason, message } = frozenIn(freeze)
  return { reason, message: `${message}, by ${since}` }
}
