import type { Rotation } from '../../src/model/rotation.ts'
import { type Happened, time, type Violation } from './happened.ts'

type Records = Map<string, Rotation>

/**
 * A success is handed over where somebody uses it, a handover has an end, and belongs to a success; no service is deployed oftener than rotations asked for it, and no
 * function called but for a success of its consumer's; what is said to be fresh has been refreshed since it rotated.
 */
export function handedOverOnce(happened: Happened, records: Records): Violation[] {
  return [
    ...happened.rotations.flatMap((rotation) => ofRotation(rotation, happened)),
    ...servicesOf(happened),
    ...happened.refreshes.flatMap((call) => ofCall(call, happened, records)),
  ]
}

function ofRotation(rotation: Rotation, happened: Happened): Violation[] {
  const { rotationId, secretName: secret, handover, status, late, rotatedAt = '' } = rotation
  const found = (kind: Violation['kind'], what: string): Violation[] => [{ kind, secret, rotationId, what }]
  if (handover === undefined) {
    // A late one's value may be another rotation's, which hands it over.
    const isMissing =
      status === 'SUCCEEDED' && !late && happened.schedules.get(rotation.schedule)?.handsOver === true
    return isMissing ? found('consumer', 'it succeeded, and its value is handed over to nobody') : []
  }
  if (!hasSucceeded(rotation)) return found('untrue', `${status}, and its value is handed over`)
  if (handover.status === 'RUNNING') return found('lost', 'its handover has no end')
  const unseen = handover.consumers.filter((it) => it.state === 'FRESH' && !isRefreshed(it.id))
  return unseen.flatMap(({ id }) => found('untrue', `${id} is said to be FRESH, and nothing refreshed it`))

  /** ECS says when in whole milliseconds. */
  function isRefreshed(id: string): boolean {
    const since = Date.parse(rotatedAt)
    return (
      happened.deployments.some(({ service, createdAt }) => id === `ecs:${service}` && createdAt > since) ||
      happened.refreshes.some((it) => it.rotationId === rotationId && it.consumer === id && it.ok)
    )
  }
}

/** Once, at least: what was seen to succeed late its own run may find not to work. */
function hasSucceeded({ events }: Rotation): boolean {
  return events.some(({ status }) => status === 'SUCCEEDED')
}

function servicesOf({ deployments, rotations, doubled }: Happened): Violation[] {
  return [...new Set(deployments.map(({ service }) => service))].flatMap((service) => {
    const made = deployments.filter((it) => it.service === service)
    const asked = rotations.filter(({ handover }) =>
      handover?.consumers.some(({ id, sentAt }) => id === `ecs:${service}` && sentAt !== undefined),
    )
    if (made.length <= asked.length + doubled) return []
    const what = `${service} was deployed ${made.length} times, for ${asked.length} rotations, at ${made.map(({ createdAt }) => time(createdAt)).join(', ')}`
    const { secretName: secret = '', rotationId = '' } = asked.at(-1) ?? {}
    return [{ kind: 'consumer', secret, rotationId, what }]
  })
}

function ofCall(
  { at, rotationId, consumer }: Happened['refreshes'][number],
  { clockMs }: Happened,
  records: Records,
): Violation[] {
  const record = records.get(rotationId)
  const { status, rotatedAt = '', handover, secretName: secret = '' } = record ?? {}
  const isMeant =
    record !== undefined &&
    hasSucceeded(record) &&
    handover?.consumers.some(({ id, sentAt }) => id === consumer && sentAt !== undefined) &&
    at >= Date.parse(rotatedAt) - clockMs
  if (isMeant) return []
  const what = `${consumer} was called at ${time(at)}, and the rotation is ${status}, rotated at ${rotatedAt}`
  return [{ kind: 'consumer', secret, rotationId, what }]
}
