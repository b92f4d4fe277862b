import type { WaveRecord } from '../ledger/waves.ts'
import { hookLimitsOf, hookSecondsDuring } from '../model/hooks.ts'
import { namesIdOf, rotationIdOf, waveIdOf } from '../model/identity.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import { GRACE_MS } from './claim.ts'
import { ledgerRetry } from './ledger-retry.ts'
import type { Ports } from './ports.ts'
import type { Wave } from './wave.ts'

/** Between two looks at another run's wave, seconds. */
const LOOK_SECONDS = 15

/**
 * Whether this execution goes through the wave: it was the first to start it, or whoever was has given no sign of life
 * past the instant, as an early run that died. Two at once would each rotate `concurrency` secrets, and one by one
 * would be two by two. What a run that dies later leaves undone, the audit catches up: it knows, so it does not watch.
 */
export async function claimWave(steps: Steps, wave: Wave, ports: Ports): Promise<boolean> {
  const started = await steps.step('start wave', () => startWave(wave, ports), ledgerRetry)
  const { executionArn: owner } = started
  if (owner === ports.executionArn) return true
  // What came to nothing has no run that goes on.
  const over = wave.trigger === 'CATCH_UP' || started.refused !== undefined
  if (!over && !(await isSilent(steps, wave, started, ports))) return false
  const taken = await steps.step(
    'take over wave',
    async () => (await ports.waves.takeOver(waveIdOf(wave), owner, ports.executionArn)) ?? null,
    ledgerRetry,
  )
  return taken?.executionArn === ports.executionArn
}

function startWave(wave: Wave, ports: Ports): Promise<WaveRecord> {
  return ports.waves.start(waveIdOf(wave), {
    schedule: wave.name,
    scheduledAt: wave.scheduledAt,
    startedAt: iso(ports.now()),
    secrets: wave.secrets.length,
    names: namesIdOf(wave.secrets),
    beforeSeconds: secondsBeforeStart(wave),
    ...(wave.secrets.length === 0 && wave.refused && { refused: wave.refused }),
    executionArn: ports.executionArn,
  })
}

/** Most that hooks may take before a rotation starts. */
function secondsBeforeStart(wave: Wave): number {
  return hookSecondsDuring('CLAIMED', hookLimitsOf(wave))
}

type Watched = { alive: boolean; at: number }

/** Watches the other run's wave until a minute past the instant, or past the time that its first hooks may take. */
async function isSilent(
  steps: Steps,
  wave: Wave,
  { startedAt, beforeSeconds = secondsBeforeStart(wave) }: WaveRecord,
  ports: Ports,
): Promise<boolean> {
  const from = Date.parse(startedAt)
  const until = Math.max(Date.parse(wave.scheduledAt), from + beforeSeconds * 1_000) + GRACE_MS
  const { alive } = await steps.waitForCondition<Watched>('watch the wave', () => watch(wave, ports), {
    initialState: { alive: false, at: from },
    waitStrategy: ({ alive, at }) =>
      alive || at >= until
        ? { shouldContinue: false }
        : { shouldContinue: true, delay: { seconds: LOOK_SECONDS } },
  })
  return !alive
}

/** A read that fails says nothing: taking over asks again, by a conditional write. */
async function watch(wave: Wave, ports: Ports): Promise<Watched> {
  const at = ports.now()
  try {
    return { alive: await showsLife(wave, ports), at }
  } catch (error) {
    ports.log('could not read the ledger', { schedule: wave.name, error: String(error) })
    return { alive: false, at }
  }
}

/**
 * Whether the wave has gone on past its instant. What was settled before (a veto, a freeze) says nothing: an early run
 * may have done that and then died, with the next secret claimed.
 */
async function showsLife(wave: Wave, ports: Ports): Promise<boolean> {
  for (const secret of wave.secrets) {
    const rotation = await ports.ledger.get(rotationIdOf(wave.name, secret, wave.occasion))
    if (rotation === undefined || rotation.status === 'CLAIMED') return false
    if (rotation.status === 'ROTATING' || (rotation.settledAt ?? '') >= wave.scheduledAt) return true
  }
  return true
}
