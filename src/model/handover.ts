import { type Consumer, consumerId, consumersOf, type STRATEGIES } from './consumers.ts'
import { HOUR, iso, MINUTE } from './time.ts'

/**
 * What became of handing a new value over to those who use the secret, after a rotation that succeeded: never a part of
 * its outcome. SUPERSEDED: a later rotation of the secret hands over now. Instants are ISO, UTC.
 */
export type Handover = {
  status: 'RUNNING' | 'DONE' | 'PARTIAL' | 'FAILED' | 'SUPERSEDED'
  /** Whoever finds it RUNNING after this ends it as PARTIAL. */
  until: string
  strategy?: 'alternating'
  consumers: ConsumerRefresh[]
}

/** WAITING: nothing was done yet. UNKNOWN: something was, and what came of it could not be seen. */
export type ConsumerState = 'WAITING' | 'REFRESHING' | 'FRESH' | 'FAILED' | 'UNKNOWN'

export type ConsumerRefresh = {
  /** `ecs:shop/orders-api`: see `consumerId`. */
  id: string
  state: ConsumerState
  /** Since when it has this state. */
  since: string
  /** For people: what was seen. */
  detail?: string
  /** When it was asked to refresh, noted before it was: the last time. */
  sentAt?: string
  /** How often that may have had an effect. */
  sent?: number
  /** The deployment, or the runbook's execution, that is watched. */
  follows?: string
}

/** What a rotation's record keeps from its claim on: who is to take its new value, and in which order. */
export type HandoverTerms = { consumers?: string[]; strategy?: 'alternating' }

/** Consumers that are refreshed at the same time. */
export const SIDE_BY_SIDE = 5

/** How long one may take: ECS itself gives a deployment that does not become steady no end. */
export const REFRESH_MS = HOUR

/** Nothing is done for one that is only observed. */
export function isRefreshed({ kind }: Pick<Consumer, 'kind'>): boolean {
  return kind !== 'observe'
}

/** Whether there is anybody to hand over to: only then is there a function that does. */
export function handsOver({ schedules }: { schedules: { consumers?: Consumer[] | undefined }[] }): boolean {
  return schedules.some(({ consumers = [] }) => consumers.some(isRefreshed))
}

/** Of a secret, by what its wave says: as the record keeps them. */
export function handoverTerms(
  secret: string,
  {
    consumers,
    strategy,
  }: { consumers?: Consumer[] | undefined; strategy?: (typeof STRATEGIES)[number] | undefined },
): HandoverTerms {
  const ids = [...new Set(consumersOf(secret, consumers).filter(isRefreshed).map(consumerId))]
  if (ids.length === 0) return {}
  return { consumers: ids, ...(strategy === 'alternating' && { strategy }) }
}

/** What a success writes beside its outcome: nothing where there is nobody to hand over to. `at`: epoch ms. */
export function beginHandover(terms: HandoverTerms | undefined, at: number): { handover?: Handover } {
  const { consumers = [], strategy } = terms ?? {}
  if (consumers.length === 0) return {}
  const rounds = Math.ceil(consumers.length / SIDE_BY_SIDE) + (strategy === undefined ? 0 : 1)
  const since = iso(at)
  return {
    handover: {
      status: 'RUNNING',
      until: iso(at + rounds * REFRESH_MS + 15 * MINUTE),
      ...(strategy && { strategy }),
      consumers: consumers.map((id) => ({ id, state: 'WAITING', since })),
    },
  }
}

/** How a handover ends, by its consumers. */
export function endOf({ consumers }: Pick<Handover, 'consumers'>): 'DONE' | 'PARTIAL' | 'FAILED' {
  const fresh = consumers.filter(({ state }) => state === 'FRESH').length
  if (fresh === consumers.length) return 'DONE'
  return fresh === 0 && consumers.some(({ state }) => state === 'FAILED') ? 'FAILED' : 'PARTIAL'
}

/** Whether a person should look at it. */
export function isUnwell(handover: Handover | undefined): boolean {
  return handover?.status === 'PARTIAL' || handover?.status === 'FAILED'
}

/** Named in a text; the record, and `show`, have all. */
const MOST_NAMED = 10

/** `PARTIAL: 2 of 3 fresh; …`. Undefined where there is none. */
export function handoverLine(handover: Handover | undefined, most = MOST_NAMED): string | undefined {
  return handover && `${handover.status}: ${handoverText(handover, most)}`
}

/** `Handed over PARTIAL: 2 of 3 have the new value`. */
export function freshText({ status, consumers }: Pick<Handover, 'status' | 'consumers'>): string {
  const fresh = consumers.filter(({ state }) => state === 'FRESH').length
  return `Handed over ${status}: ${fresh} of ${consumers.length} have the new value`
}

/** `2 of 3 fresh; ecs:shop/api FAILED: rolled back`. */
function handoverText({ consumers }: Pick<Handover, 'consumers'>, most: number): string {
  const behind = consumers
    .filter(({ state }) => state !== 'FRESH')
    .sort((a, b) => Number(b.state === 'FAILED') - Number(a.state === 'FAILED'))
  const words = behind
    .slice(0, most)
    .map(({ id, state, detail }) => `${id} ${state}${detail === undefined ? '' : `: ${detail}`}`)
  const more = behind.length > most ? [`and ${behind.length - most} more`] : []
  return [`${consumers.length - behind.length} of ${consumers.length} fresh`, ...words, ...more].join('; ')
}
