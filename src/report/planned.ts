import { freezesKept, frozenBy } from '../calendar/freezes.ts'
import type { Config, Schedule } from '../config/config.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import type { Caller } from '../model/caller.ts'
import { RequestError } from '../model/errors.ts'
import { ON_DEMAND } from '../model/resource-names.ts'
import { secretNameOf } from '../model/secret.ts'
import { type OnDemandRequest, waveOf } from '../rotation/wave-request.ts'

/** A planned run (`run --at`, `move`), as occurrences are shown. */
export type PlannedRun = {
  requestId: string
  /** The schedule's name, or `on-demand` where single secrets were asked for. */
  schedule: string
  /** Empty where a selector chooses as it starts. */
  secrets: string[]
  /** Epoch ms. */
  at: number
  /** The clock of its schedule, or of one that its secrets are in. */
  timezone: string
  windowSeconds: number
  /** Of a schedule's occurrence that a person has moved: its instant before (ISO). */
  movedFrom?: string
  by?: string
  /** Whose it is, as STS has said. */
  caller?: Caller
  reason?: string
  /** The freeze that stops it, by name. */
  frozen?: string
  /** It was started ahead, and cannot be taken back any more. */
  started?: true
  /** Why it cannot start, by this config. */
  problem?: string
}

/** What is planned, by this config: it is what counts as they start. */
export function plannedRunsOf(kept: KeptRequest[], config: Config): PlannedRun[] {
  return kept.map(({ requestId, payload, scheduledAt, by, reason, caller, state }) => {
    const request = JSON.parse(payload) as OnDemandRequest
    const concerned = schedulesOf(request, config)
    const at = Date.parse(scheduledAt)
    return {
      requestId,
      schedule: request.schedule ?? ON_DEMAND,
      at,
      timezone: concerned[0]?.timezone ?? 'UTC',
      ...(request.movedFrom !== undefined && { movedFrom: request.movedFrom }),
      ...(by !== undefined && { by }),
      ...(caller !== undefined && { caller }),
      ...(reason !== undefined && { reason }),
      ...(state === 'STARTED' && { started: true }),
      ...waveOrProblem(request, config, at),
    }
  })
}

/** The schedules that a request is about: the one that it names, or those that have one of its secrets. */
function schedulesOf({ schedule, secrets = [] }: OnDemandRequest, config: Config): Schedule[] {
  if (schedule !== undefined) return config.schedules.filter(({ name }) => name === schedule)
  const names = secrets.map(secretNameOf)
  return config.schedules.filter((it) => it.secrets.some((secret) => names.includes(secretNameOf(secret))))
}

function waveOrProblem(
  request: OnDemandRequest,
  config: Config,
  at: number,
): Pick<PlannedRun, 'secrets' | 'windowSeconds' | 'frozen' | 'problem'> {
  try {
    const wave = waveOf(request, config)
    const freezes = wave.schedule ? freezesKept(config.freezes, wave.schedule) : config.freezes
    const frozen = request.override === undefined ? frozenBy(freezes, at)?.name : undefined
    return {
      secrets: 'secrets' in wave ? wave.secrets : [],
      windowSeconds: wave.windowSeconds,
      ...(frozen !== undefined && { frozen }),
      ...(wave.moved && !wave.schedule?.enabled && { problem: `schedule ${wave.name} is disabled` }),
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return { secrets: request.secrets ?? [], windowSeconds: 0, problem: error.message }
  }
}
