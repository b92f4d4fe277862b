import { iso } from '../calendar/iso.ts'
import { DEFAULTS } from '../config/compile.ts'
import { ON_DEMAND } from '../config/names.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { tellTransitions } from '../rotation/announce.ts'
import { claimOf } from '../rotation/claim.ts'
import { gate } from '../rotation/gate.ts'
import { rotationIdOf, waveIdOf } from '../rotation/identity.ts'
import { DELIVERY_MS } from '../rotation/limits.ts'
import { REASONS, type Refusal } from '../rotation/reasons.ts'
import { type OnDemandRequest, RequestError, waveOf } from '../rotation/request.ts'
import { LEAD_MS, startKeyOf } from '../rotation/rotate-now.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import type { Finding } from './finding.ts'
import { AUDIT } from './occurrences.ts'
import type { AuditWorld } from './world.ts'

/**
 * Starts what was planned (`run --at`) once it is due within minutes: by today's config and code, whatever they were as
 * it was asked for. The wave then waits and keeps its instant by itself. A request stays open until its wave is seen,
 * so that a start that got lost is made good by the next run; what no run had started by the end of its window is
 * recorded as MISSED, and told.
 */
export async function startPlanned(world: AuditWorld, failed: (error: unknown) => void): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    for await (const kept of world.requests.open()) {
      const now = world.now()
      // The soonest come first.
      if (now >= world.deadline || Date.parse(kept.scheduledAt) > now + LEAD_MS) break
      try {
        findings.push(...(await attend(kept, world)))
      } catch (error) {
        failed(error)
      }
    }
  } catch (error) {
    failed(error)
  }
  return findings
}

async function attend(kept: KeptRequest, world: AuditWorld): Promise<Finding[]> {
  const request = JSON.parse(kept.payload) as OnDemandRequest
  const { requestId, schedule: name = ON_DEMAND } = request
  if (await world.waves.get(waveIdOf({ name, occasion: requestId }))) {
    await world.requests.close(requestId)
    return []
  }
  const wave = waveByConfig(request, world)
  const { windowSeconds } = 'problem' in wave ? DEFAULTS : wave
  const closes = Date.parse(kept.scheduledAt) + windowSeconds * 1_000
  const now = world.now()
  // What was started as the window closed says so itself.
  if (now >= closes + DELIVERY_MS) return missed(kept, wave, closes, world)
  if ('problem' in wave) return [cannotStart(kept, wave.problem)]
  if (now >= closes) return []
  const moved = await world.requests.move(requestId, ['PLANNED'], { at: iso(now), state: 'STARTED' })
  // Cancelled meanwhile. Two audits at once start the same execution.
  if (moved?.state !== 'STARTED') return []
  const { execution } = await world.start(startKeyOf(request), request)
  world.log('planned run started', { requestId, scheduledAt: kept.scheduledAt, execution })
  return []
}

/** What it asks for by today's config, or why that knows no such thing. */
function waveByConfig(
  request: OnDemandRequest,
  { config }: AuditWorld,
): Wave | UnresolvedWave | { problem: string } {
  try {
    return waveOf(request, config)
  } catch (error) {
    if (error instanceof RequestError) return { problem: error.message }
    throw error
  }
}

function cannotStart({ requestId, by = 'somebody', scheduledAt }: KeptRequest, problem: string): Finding {
  return {
    kind: 'LATE_DELIVERY',
    key: `planned ${requestId}`,
    message: `what ${by} has planned for ${scheduledAt} (${requestId}) cannot be started: ${problem}`,
  }
}

/** Its outcomes, where the config still knows its secrets; in any case a finding. */
async function missed(
  kept: KeptRequest,
  wave: Wave | UnresolvedWave | { problem: string },
  closes: number,
  world: AuditWorld,
): Promise<Finding[]> {
  const { requestId, by = 'somebody', scheduledAt } = kept
  const planned = `planned by ${by} for ${scheduledAt} (${requestId})`
  const closed = `no run of it had started when its window closed at ${iso(closes)}`
  const findings: Finding[] = []
  if ('problem' in wave) {
    const message = `${planned}; ${closed}: ${wave.problem}`
    findings.push({ kind: 'MISSED', key: `planned ${requestId}`, message })
  } else {
    const secrets =
      'select' in wave ? (await world.secretsAt(wave.place).list(wave.select)).names : wave.secrets
    const target = { ...wave, scheduledAt: Date.parse(scheduledAt) }
    // A freeze would have stopped a punctual one: then nothing was missed.
    const outcome: Refusal = gate(target, world.config, [], target.scheduledAt) ?? {
      reason: 'NOT_DELIVERED',
      message: `${planned}; ${closed}`,
    }
    for (const secret of secrets) findings.push(...(await record(secret, wave, outcome, world)))
    if (secrets.length === 0)
      findings.push({ kind: 'MISSED', key: `planned ${requestId}`, message: `${planned}; ${closed}` })
  }
  await world.requests.move(requestId, ['PLANNED', 'STARTED'], { at: iso(world.now()), state: 'MISSED' })
  return findings
}

async function record(
  secret: string,
  wave: Wave | UnresolvedWave,
  outcome: Refusal,
  world: AuditWorld,
): Promise<Finding[]> {
  const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
  const at = iso(world.now())
  const claim = claimOf(rotationId, secret, wave, { ...world, executionArn: AUDIT })
  const { status } = REASONS[outcome.reason]
  const rotation = await world.ledger.record(claim, { ...outcome, status, at, settledAt: at })
  if (rotation.status === 'SKIPPED' && rotation.executionArn === AUDIT) await tellTransitions(rotation, world)
  if (rotation.status !== 'MISSED') return []
  const message = `${wave.name} of ${wave.scheduledAt}: ${rotation.message ?? ''}`
  return [{ kind: 'MISSED', key: rotationId, schedule: wave.name, secret, rotationId, message }]
}
