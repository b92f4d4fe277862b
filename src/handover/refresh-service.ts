import type { EcsDeployment, EcsService } from '../aws/ecs-services.ts'
import { mayHaveHadEffect } from '../aws/refusal.ts'
import type { ConsumerRefresh } from '../model/handover.ts'
import { iso, MINUTE } from '../model/time.ts'
import type { Progress, Refresh } from './ports.ts'

/** A deployment that was asked for shows in this time, or the request never arrived: ECS is eventually consistent. */
const SHOWN_MS = 2 * MINUTE

/** Times that a service is asked for a new deployment where no trace of one is seen. */
const MOST_SENT = 3

/**
 * An ECS service: its tasks took the old value as they started. A deployment that began after the rotation, by whomever,
 * is the one to follow; where there is none, one is asked for.
 */
export async function refreshService(refresh: Refresh): Promise<Progress> {
  const { name, rotation, consumer, ports } = refresh
  const [cluster = '', service = ''] = name.split('/')
  const seen = await ports.services.look(cluster, service)
  if ('refused' in seen) return { state: 'FAILED', detail: seen.refused }
  const rotatedAt = Date.parse(rotation.rotatedAt ?? '')
  const verdict = judgeService(seen.service, consumer, rotatedAt, ports.now())
  if (verdict !== 'ask') return verdict
  if (!(await refresh.mayAsk())) return { state: 'REFRESHING', detail: 'somebody else has asked for it' }
  try {
    const answer = await ports.services.deployAnew(cluster, service)
    if ('refused' in answer) return { state: 'FAILED', detail: answer.refused }
    return follow(newestSince(answer.service, rotatedAt), 'a new deployment')
  } catch (error) {
    // It has not been asked then: the next step may, at once.
    if (!mayHaveHadEffect(error)) throw Object.assign(error as object, { unasked: true })
    return { state: 'REFRESHING', detail: 'a new deployment was asked for, and the answer got lost' }
  }
}

/** What the service shows. Pure. `now`, `rotatedAt`: epoch ms. */
function judgeService(
  service: EcsService,
  { sentAt, sent = 0, follows }: Pick<ConsumerRefresh, 'sentAt' | 'sent' | 'follows'>,
  rotatedAt: number,
  now: number,
): Progress | 'ask' {
  if (service.status !== 'ACTIVE') return { state: 'FAILED', detail: `the service is ${service.status}` }
  if (service.controller !== 'ECS')
    return {
      state: 'FAILED',
      detail: `its deployments are made by ${service.controller}: name a runbook or a function instead`,
    }
  // Of another's deployment that came to nothing: then it is still to be asked for.
  const lost = (state: 'FAILED' | 'UNKNOWN', detail: string): Progress | 'ask' =>
    sentAt === undefined ? 'ask' : { state, detail }
  const followed = service.deployments.find(({ id }) => id === follows)
  const newest = newestSince(service, rotatedAt)
  const bad = [followed, newest].find((it) => it && (it.rollout === 'FAILED' || isRollback(it)))
  if (bad) return lost('FAILED', `deployment ${bad.id}: ${bad.reason ?? bad.rollout}`)
  if (
    newest !== undefined &&
    (follows === undefined || newest.id === follows || newest.rollout === 'IN_PROGRESS')
  )
    return progressOf(service, newest)
  if (newest !== undefined)
    return lost(
      'UNKNOWN',
      `deployment ${newest.id} is in the place of ${follows}: a later one, or a rollback`,
    )
  if (sentAt === undefined) return 'ask'
  if (now - Date.parse(sentAt) < SHOWN_MS)
    return { state: 'REFRESHING', detail: `asked at ${sentAt}, and no new deployment is seen yet` }
  if (follows !== undefined)
    return lost('FAILED', `deployment ${follows} is gone, and none is newer: rolled back`)
  if (sent < MOST_SENT) return 'ask'
  return { state: 'UNKNOWN', detail: `asked ${sent} times, and no new deployment is seen` }
}

function progressOf(service: EcsService, newest: EcsDeployment): Progress {
  const { id, createdAt, rollout, running, desired } = newest
  const since = `deployment ${id} of ${iso(createdAt)}`
  // Without a rollout state (a Classic Load Balancer): as the SDK's own waiter for stable services has it.
  const steady = service.deployments.length === 1 && service.running === service.desired
  if (rollout === 'COMPLETED' || (rollout === undefined && steady))
    return { state: 'FRESH', follows: id, detail: since }
  return { ...follow(newest, since), detail: `${since}: ${running} of ${desired} tasks run` }
}

function follow(deployment: EcsDeployment | undefined, detail: string): Progress {
  return { state: 'REFRESHING', detail, ...(deployment && { follows: deployment.id }) }
}

/** Tasks of it have started after the rotation. */
function newestSince({ deployments }: EcsService, rotatedAt: number): EcsDeployment | undefined {
  return deployments.find(({ primary, createdAt }) => primary && createdAt > rotatedAt)
}

/**
 * «ECS deployment circuit breaker: rolling back to deploymentId …» stands on the new primary one while it is under way,
 * by recordings of DescribeServices in public repositories; that it does once it is over is not said.
 */
function isRollback({ reason = '' }: EcsDeployment): boolean {
  return /roll(ing|ed)?[ -]?back/i.test(reason)
}
