import { DEFAULTS } from '../config/config.ts'
import type { KeptRequest } from '../ledger/requests.ts'
import { RequestError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import { approvalIdOf, waveIdOf } from '../model/identity.ts'
import { DELIVERY_MS, START_AHEAD_MS } from '../model/limits.ts'
import { ON_DEMAND } from '../model/resource-names.ts'
import { iso } from '../model/time.ts'
import { startKeyOf } from '../rotation/rotate-now.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { type OnDemandRequest, waveOf } from '../rotation/wave-request.ts'
import { unapproved } from './judge.ts'
import type { AuditPorts, AuditRun } from './ports.ts'
import { recordNeverRun } from './record-missed.ts'
import { accountForRequested } from './requested-waves.ts'

/**
 * Starts what was planned (`run --at`) once it is due within minutes: by today's config and code, whatever they were as
 * it was asked for. The wave then waits and keeps its instant by itself; a start that got lost is made good by the next
 * run. Whatever was asked for, for later or for now, stays open until each of its secrets has a record: what no run had
 * come to by the end of its window is recorded as MISSED, and told.
 */
export async function attendRequests(ports: AuditRun): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    for await (const kept of ports.requests.open()) {
      const now = ports.now()
      // The soonest come first.
      if (now >= ports.deadline || Date.parse(kept.scheduledAt) > now + START_AHEAD_MS) break
      findings.push(...(await attend(kept, ports).catch(ports.failed)))
    }
  } catch (error) {
    ports.failed(error)
  }
  return findings
}

async function attend(kept: KeptRequest, ports: AuditPorts): Promise<Finding[]> {
  const request = JSON.parse(kept.payload) as OnDemandRequest
  const { requestId, schedule: name = ON_DEMAND } = request
  const started = await ports.waves.get(waveIdOf({ name, occasion: requestId }))
  const wave = waveByConfig(request, ports)
  if (started && 'problem' in wave) {
    // What has a record is settled by that; what else there was, nobody can tell any more.
    await ports.requests.close(requestId)
    return []
  }
  if (started && !('problem' in wave)) {
    const { over, findings } = await accountForRequested(wave, started, ports)
    // Until its instant it is what is to come.
    if (over && (findings.length > 0 || ports.now() >= Date.parse(kept.scheduledAt)))
      await ports.requests.close(requestId)
    return findings
  }
  const { windowSeconds } = 'problem' in wave ? DEFAULTS : wave
  const closes = Date.parse(kept.scheduledAt) + windowSeconds * 1_000
  const now = ports.now()
  // What was started as the window closed says so itself.
  if (now >= closes + DELIVERY_MS) return missed(kept, wave, closes, ports)
  // For now, and told to whoever asked: where that start failed, it is theirs to repeat.
  if (kept.events[0]?.state === 'STARTED') return []
  if ('problem' in wave) return [cannotStart(kept, wave.problem)]
  if (now >= closes) return []
  const moved = await ports.requests.move(requestId, ['PLANNED'], { at: iso(now), state: 'STARTED' })
  // Cancelled meanwhile. Two audits at once start the same execution.
  if (moved?.state !== 'STARTED') return []
  const { execution } = await ports.start(startKeyOf(request), request)
  ports.log('planned run started', { requestId, scheduledAt: kept.scheduledAt, execution })
  return []
}

/** What it asks for by today's config, or why that knows no such thing. */
function waveByConfig(
  request: OnDemandRequest,
  { config }: AuditPorts,
): Wave | UnresolvedWave | { problem: string } {
  try {
    return waveOf(request, config)
  } catch (error) {
    if (error instanceof RequestError) return { problem: error.message }
    throw error
  }
}

function cannotStart(kept: KeptRequest, problem: string): Finding {
  const { requestId, by = 'somebody', scheduledAt } = kept
  const from = movedFrom(kept)
  const did = from === undefined ? 'planned for' : `moved from ${from} to`
  return {
    kind: 'LATE_DELIVERY',
    key: `planned ${requestId}`,
    message: `what ${by} has ${did} ${scheduledAt} (${requestId}) cannot be started: ${problem}`,
  }
}

function movedFrom({ payload }: KeptRequest): string | undefined {
  return (JSON.parse(payload) as OnDemandRequest).movedFrom
}

/** Its outcomes, where the config still knows its secrets; in any case a finding. */
async function missed(
  kept: KeptRequest,
  wave: Wave | UnresolvedWave | { problem: string },
  closes: number,
  ports: AuditPorts,
): Promise<Finding[]> {
  const { requestId, by = 'somebody', scheduledAt } = kept
  const from = movedFrom(kept)
  const doing = kept.events[0]?.state === 'STARTED' ? 'asked for' : 'planned'
  const did = from === undefined ? `${doing} by ${by} for` : `moved by ${by} from ${from} to`
  const planned = `${did} ${scheduledAt} (${requestId})`
  const closed = `no run of it had started when its window closed at ${iso(closes)}`
  const findings: Finding[] = []
  if ('problem' in wave) {
    const message = `${planned}; ${closed}: ${wave.problem}`
    findings.push({ kind: 'MISSED', key: `planned ${requestId}`, message })
  } else {
    const secrets =
      'select' in wave ? (await ports.secretsAt(wave.place).list(wave.select)).names : wave.secrets
    const approval = from !== undefined && (await ports.approvals.get(approvalIdOf(wave)))
    const missed = { reason: 'NOT_DELIVERED', message: `${planned}; ${closed}` } as const
    const outcome = (approval && unapproved(approval)) || missed
    findings.push(...(await recordNeverRun(wave, secrets, outcome, ports)))
    if (secrets.length === 0)
      findings.push({ kind: 'MISSED', key: `planned ${requestId}`, message: `${planned}; ${closed}` })
  }
  await ports.requests.move(requestId, ['PLANNED', 'STARTED'], { at: iso(ports.now()), state: 'MISSED' })
  return findings
}
