import { bindingOn, type Hold, scopesOver, secretScope } from '../model/hold.ts'
import { approvalIdOf, secretKeyOf, waveIdOf } from '../model/identity.ts'
import type { Notice } from '../model/notice.ts'
import { iso, MINUTE } from '../model/time.ts'
import { gate } from '../rotation/gate.ts'
import { readException } from '../rotation/read-gate.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { forEachComing, MOST_AHEAD, movedToCome } from './ahead.ts'
import { behindOfWave } from './behind.ts'
import type { AuditRun } from './ports.ts'

/** The audit passes every five minutes, and may miss a pass: what comes later than this is told as late. */
const PUNCTUAL_MS = 10 * MINUTE

/** Longer than an audit can live (src/deploy/functions.ts): who has had a notice in hand for so long has died. */
const LOST_MS = 10 * MINUTE

/**
 * Tells people what will rotate, at each of the lead times that its schedule asks for (`notice`). Each is claimed by a
 * conditional write before it is sent, and noted as given after. What could not be sent is the next run's to send, while
 * the occurrence has not come. Decision 0167.
 */
export async function giveNotices(ports: AuditRun): Promise<void> {
  for (const schedule of ports.config.schedules) {
    const leads = schedule.noticeSeconds ?? []
    const [longest] = leads
    if (longest === undefined || !schedule.enabled) continue
    const give = (scheduledAt: string) =>
      giveNotice(waveOf({ schedule: schedule.name, scheduledAt }, ports.config), leads, ports)
    await forEachComing(schedule, longest * 1_000, ports, give, MOST_AHEAD)
  }
  for (const { wave, leads } of await movedToCome(ports)) {
    if (ports.now() >= ports.deadline) return
    await giveNotice(wave, leads, ports).catch(ports.failed)
  }
}

/**
 * Which of the lead times has come for an instant (epoch ms), where one has: of several the shortest, for a newer notice
 * says all that an older one would have. None once the instant has come.
 */
export function leadDue(leads: readonly number[], instant: number, now: number): number | undefined {
  if (now >= instant) return undefined
  const due = leads.filter((lead) => instant - lead * 1_000 <= now)
  return due.length === 0 ? undefined : Math.min(...due)
}

async function giveNotice(
  wave: Wave | UnresolvedWave,
  leads: readonly number[],
  ports: AuditRun,
): Promise<void> {
  const now = ports.now()
  const leadSeconds = leadDue(leads, Date.parse(wave.scheduledAt), now)
  if (leadSeconds === undefined) return
  const id = `${waveIdOf(wave)}/${leadSeconds}`
  if (await ports.notices.isGiven(id)) return
  const notice = await noticeOf(wave, leadSeconds, ports)
  if (notice === undefined || !(await ports.notices.claim(id, iso(now), iso(now - LOST_MS)))) return
  if (await ports.sendNotice(notice)) return ports.notices.given(id, iso(now))
  await ports.notices.release(id, iso(now))
  throw new Error(`the notice of ${wave.name} at ${wave.scheduledAt} could not be sent`)
}

/** Undefined where nobody need be told: nothing of it will start as things stand, or who was asked to approve has heard. */
async function noticeOf(
  wave: Wave | UnresolvedWave,
  leadSeconds: number,
  ports: AuditRun,
): Promise<Notice | undefined> {
  const { name: schedule, scheduledAt, moved, requester = 'somebody', requestReason = '' } = wave
  const now = ports.now()
  const instant = Date.parse(scheduledAt)
  if (gate({ ...wave, scheduledAt: instant }, ports.config, [], now)) return undefined
  if (await readException(ports, { ...wave, scheduledAt: instant })) return undefined
  const approval = wave.schedule?.approval && (await ports.approvals.get(approvalIdOf(wave)))
  if (approval?.status === 'REJECTED' || approval?.status === 'EXPIRED') return undefined
  const dueAt = instant - leadSeconds * 1_000
  // The request for it was a notice.
  if (approval && Date.parse(approval.requestedAt) >= dueAt) return undefined

  const all = 'select' in wave ? (await ports.secretsAt(wave.place).list(wave.select)).names : wave.secrets
  const holds = bindingOn(wave, await ports.holds.covering(scopesOver(schedule, all), scheduledAt))
  const secrets = all.filter((secret) => !holds.some((hold) => holdsSecret(hold, secret)))
  if (holds.some(({ scope }) => !scope.startsWith('secret/')) || (all.length > 0 && secrets.length === 0))
    return undefined
  return {
    ...{ waveId: waveIdOf(wave), schedule, scheduledAt, leadSeconds },
    ...(moved && { moved: { ...moved, by: requester, reason: requestReason } }),
    leftMs: instant - now,
    late: now - dueAt > PUNCTUAL_MS,
    secrets: secrets.map((secret) => secretKeyOf(secret, wave.place)),
    select: wave.schedule?.select,
    held: all.length - secrets.length,
    behind: await behindOfWave(secrets, wave, ports),
    approval: approval && { approvalId: approval.approvalId, status: approval.status, by: approval.by },
  }
}

function holdsSecret({ scope }: Hold, secret: string): boolean {
  return scope === secretScope(secret)
}
