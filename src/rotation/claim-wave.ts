import { canaryNames } from '../config/canary.ts'
import type { WaveRecord } from '../ledger/waves.ts'
import { hookLimitsOf, hookSecondsDuring } from '../model/hooks.ts'
import { namesIdOf, rotationIdOf, waveIdOf } from '../model/identity.ts'
import { iso } from '../model/time.ts'
import type { Steps } from '../steps/steps.ts'
import type { Ports } from './ports.ts'
import { ledgerRetry } from './retry.ts'
import { GRACE_MS, watchOther } from './watch.ts'
import type { Wave } from './wave.ts'

/** The wave as its record has it, whoever goes through it: the canaries are those of the run that started it. */
type Claimed = { wave: Wave; owned: boolean }

/**
 * Whether this execution goes through the wave: it was the first to start it, or whoever was has given no sign of life
 * past the instant, as an early run that died. Two at once would each rotate `concurrency` secrets, and one by one
 * would be two by two. What a run that dies later leaves undone, the audit catches up: it knows, so it does not watch.
 *
 *     02:58  the early run starts the wave, and claims its first secret
 *     03:00  the run on time finds it started, and watches until a minute past the time that its first hooks may take
 *     03:00  the first secret is ROTATING: the early run lives, and this one ends; or
 *     03:01  it is still CLAIMED: this run goes through the wave
 *
 * Decision 0007.
 */
export async function claimWave(steps: Steps, asked: Wave, ports: Ports): Promise<Claimed> {
  const first = await steps.step('start wave', () => startWave(asked, ports), ledgerRetry)
  if (first.executionArn === ports.executionArn) return { wave: asNoted(asked, first), owned: true }
  // What came to nothing has no run that goes on.
  const isOver = asked.trigger === 'CATCH_UP' || first.refused !== undefined
  if (!isOver && (await isAlive(steps, asked, first, ports))) return { wave: asked, owned: false }
  const canaries = canaryNames(asked, asked.secrets)
  const owner = await steps.step(
    'take over wave',
    async () => {
      const taken = ports.waves.takeOver(waveIdOf(asked), first.executionArn, ports.executionArn, canaries)
      return (await taken) ?? null
    },
    ledgerRetry,
  )
  return { wave: asNoted(asked, owner), owned: owner?.executionArn === ports.executionArn }
}

function asNoted(wave: Wave, record: WaveRecord | null): Wave {
  return record?.canaries ? { ...wave, canary: record.canaries } : wave
}

function startWave(wave: Wave, ports: Ports): Promise<WaveRecord> {
  const { soakSeconds } = wave
  const canaries = canaryNames(wave, wave.secrets)
  return ports.waves.start(waveIdOf(wave), {
    schedule: wave.name,
    scheduledAt: wave.scheduledAt,
    startedAt: iso(ports.now()),
    secrets: wave.secrets.length,
    names: namesIdOf(wave.secrets),
    beforeSeconds: secondsBeforeStart(wave),
    ...(canaries.length > 0 && { canaries, ...(soakSeconds && { soakSeconds }) }),
    ...(wave.secrets.length === 0 && wave.refused && { refused: wave.refused }),
    executionArn: ports.executionArn,
  })
}

/** Most that hooks may take before a rotation starts. */
function secondsBeforeStart(wave: Wave): number {
  return hookSecondsDuring('CLAIMED', hookLimitsOf(wave))
}

/** Watches the other run's wave until a minute past the instant, or past the time that its first hooks may take. */
function isAlive(
  steps: Steps,
  wave: Wave,
  { startedAt, beforeSeconds = secondsBeforeStart(wave) }: WaveRecord,
  ports: Ports,
): Promise<boolean> {
  const since = Date.parse(startedAt)
  return watchOther(
    steps,
    'watch the wave',
    {
      initial: false,
      since,
      until: Math.max(Date.parse(wave.scheduledAt), since + beforeSeconds * 1_000) + GRACE_MS,
      look: () => showsLife(wave, ports),
      isOver: (alive) => alive,
      failed: (error) => ports.log('could not read the ledger', { schedule: wave.name, error }),
    },
    ports,
  )
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
