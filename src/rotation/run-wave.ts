import type { Refusal } from '../model/reasons.ts'
import { secretNameOf } from '../model/secret.ts'
import type { Steps } from '../steps/steps.ts'
import { awaitApproval } from './approval.ts'
import { awaitCanaries, canariesFirst, splitCanaries } from './canary.ts'
import { claimWave } from './claim-wave.ts'
import { matchDelivery } from './match-delivery.ts'
import { notifyOverride, notifyWave } from './notify.ts'
import { type Ports, portsAt } from './ports.ts'
import { resolveSecrets } from './resolve-secrets.ts'
import { rotateSecret } from './rotate-secret.ts'
import { type Parts, splitWave } from './split-wave.ts'
import { tolerancesHere } from './tolerances.ts'
import type { PartRequest, UnresolvedWave, Wave } from './wave.ts'
import { endAfterFailure, endOfOne, sumEnds, type WaveEnd, WaveFailed } from './wave-end.ts'
import { whoAsked } from './who-asked.ts'

/**
 * Rotates every secret of a wave once it is approved, `concurrency` at once, in order. One that fails never stops
 * another's outcome; after `maxErrors` nothing new is launched, and what is under way is settled. Large waves are
 * parted over executions. One execution goes through a wave; another that is delivered the same one ends. How it ended
 * is told once, whatever it was parted over. Where a delivery is for no occurrence, nothing happens. Rejects, as
 * WaveFailed, where a run failed on the way: once all others have ended, so that the execution is seen to have failed,
 * and the audit settles what it has left.
 */
export async function runWave(steps: Steps, asked: Wave | UnresolvedWave, outside: Ports): Promise<WaveEnd> {
  const ports = await noteStart(steps, outside)
  const due = await matchDelivery(steps, withDelay(asked, ports), ports)
  if (due === undefined) return sumEnds([])
  const known = await whoAsked(steps, due, ports)
  const chosen = 'select' in known ? await resolveSecrets(steps, known, ports) : known
  if (chosen.secondPerson && chosen.overrideApproval !== undefined)
    await steps.step('tell of the override', () => notifyOverride(chosen, ports))
  const approved = canariesFirst(await awaitApproval(steps, chosen, ports))
  const { wave, owned } = await claimWave(steps, approved, ports)
  if (wave.secrets.length === 0 && wave.refused) return endWithoutSecrets(wave, wave.refused, ports)
  if (!owned) {
    ports.log('already under way', { schedule: wave.name, scheduledAt: wave.scheduledAt })
    return { ...sumEnds([]), duplicates: wave.secrets.length }
  }
  const end = await runInOrder(steps, wave, ports)
  await steps.step('tell of the wave', () => notifyWave(wave, end, ports))
  if (end.failed.length > 0) throw new WaveFailed(wave, end)
  return end
}

/**
 * Ports that know when this execution started, for a config that is deployed later bars what still waits; and what was
 * seen of this account then, so that a replay goes by the same.
 */
async function noteStart(steps: Steps, ports: Ports): Promise<Ports> {
  const noted = await steps.step('start', async () => ({
    startedAt: ports.now(),
    tolerances: await tolerancesHere(ports),
  }))
  // Of the release before: should a deploy change the code of runs under way after all.
  return { ...ports, ...(typeof noted === 'number' ? { startedAt: noted } : noted) }
}

function withDelay<W extends Wave | UnresolvedWave>(asked: W, { startedAt }: Ports): W {
  if (asked.dueAt === undefined || startedAt === undefined) return asked
  return { ...asked, deliveredLateMs: startedAt - Date.parse(asked.dueAt) }
}

/**
 * A wave without secrets, which its record now says and the audit tells of (decision 0105). That it could not know them
 * is a failure of the execution as well.
 */
function endWithoutSecrets(wave: Wave, refused: Refusal, ports: Ports): WaveEnd {
  const { name: schedule, scheduledAt } = wave
  ports.log('the wave came to nothing', {
    schedule,
    scheduledAt,
    reason: refused.reason,
    observed: refused.message,
  })
  const end = { ...sumEnds([]), refused }
  if (refused.reason === 'NOTHING_MATCHED') return end
  throw new WaveFailed(wave, { ...end, failed: [refused.message] })
}

/** The canaries of a wave, where it has some; and the rest, once they have succeeded. */
async function runInOrder(steps: Steps, wave: Wave, ports: Ports): Promise<WaveEnd> {
  const { first, rest } = splitCanaries(wave)
  if (rest === undefined) return runSecrets(steps, first, ports)
  const tried = await runSecrets(steps, first, ports)
  await awaitCanaries(steps, rest, ports)
  return sumEnds([tried, await runSecrets(steps, rest, ports, first.secrets.length)])
}

/** `before`: secrets that this execution has rotated already. */
async function runSecrets(steps: Steps, wave: Wave, ports: Ports, before = 0): Promise<WaveEnd> {
  const { rotateFunction } = ports
  // A plain process can start no other, and has no such limits.
  const parts = rotateFunction === undefined ? undefined : splitWave(wave, before)
  return parts === undefined || rotateFunction === undefined
    ? runTogether(steps, wave, ports)
    : runParts(steps, parts, rotateFunction, ports)
}

/** Each item of the map answers with a value, whatever it met: one that throws would end the map for all (decision 0104). */
async function runTogether(steps: Steps, wave: Wave, ports: Ports): Promise<WaveEnd> {
  const here = portsAt(ports, wave.place)
  const ended = await steps.map(
    'wave',
    wave.secrets,
    async (inner, secret, index) => {
      try {
        const inTurn = index < wave.concurrency && wave.behind === undefined
        return endOfOne(await rotateSecret(inner, secret, wave, here, { inTurn }))
      } catch (error) {
        return endAfterFailure(inner, { ...wave, secrets: [secret] }, `"${secret}"`, error, ports)
      }
    },
    { maxConcurrency: wave.concurrency, itemNamer: secretNameOf },
  )
  return sumEnds(ended.getResults())
}

/**
 * A part of a wave, as an execution of its own, or parted again. Only the counts go back, for results are limited to
 * 256 KB.
 */
export async function runPart(steps: Steps, { wave }: PartRequest, ports: Ports): Promise<WaveEnd> {
  const end = await runSecrets(steps, wave, await noteStart(steps, ports))
  if (end.failed.length > 0) throw new WaveFailed(wave, end)
  return { ...end, rotations: [] }
}

/** Each part is an execution; as many at once as keep to `concurrency` in all. One that fails or is stopped stops no other. */
async function runParts(
  steps: Steps,
  { parts, sideBySide }: Parts,
  rotateFunction: string,
  ports: Ports,
): Promise<WaveEnd> {
  const ended = await steps.map(
    'parts',
    parts,
    async (inner, wave, index) => {
      try {
        return await inner.invoke<PartRequest, WaveEnd>(`part ${index + 1}`, rotateFunction, { wave })
      } catch (error) {
        return endAfterFailure(inner, wave, `part ${index + 1} of ${parts.length}`, error, ports)
      }
    },
    { maxConcurrency: sideBySide },
  )
  return sumEnds(ended.getResults())
}
