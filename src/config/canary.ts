import { isSameSecret, type Place } from '../model/place.ts'
import type { Schedule } from './config.ts'
import { writeDuration } from './duration.ts'

type Canaried = {
  canary?: Schedule['canary'] | undefined
  soakSeconds?: number | undefined
  place?: Place | undefined
}

/** `absent`: named as canaries, and not in the wave. Without a canary all is `rest`. */
type Divided = { canaries: string[]; rest: string[]; absent: string[] }

/** Which of a wave's secrets go first: those that are named, or the first so many of them, in the wave's order. */
export function divided({ canary = 0, place }: Canaried, secrets: string[]): Divided {
  if (typeof canary === 'number')
    return { canaries: secrets.slice(0, canary), rest: secrets.slice(canary), absent: [] }
  const isCanary = (secret: string) => canary.some((one) => isSameSecret(one, secret, place))
  return {
    canaries: secrets.filter(isCanary),
    rest: secrets.filter((secret) => !isCanary(secret)),
    absent: canary.filter((one) => !secrets.some((secret) => isSameSecret(one, secret, place))),
  }
}

/** The same as names: those that are named whether or not they are in the wave. */
export function canaryNames(schedule: Canaried, secrets: string[]): string[] {
  return Array.isArray(schedule.canary) ? schedule.canary : divided(schedule, secrets).canaries
}

/** Who goes first, by name, or how many of what a selector chooses; and in words. */
export type Canary = { first: string[] | number; text: string }

/** Undefined where nobody goes first, or all do. */
export function canaryIn(schedule: Canaried & Pick<Schedule, 'secrets' | 'select'>): Canary | undefined {
  const { canary = 0, soakSeconds, secrets, select } = schedule
  const { canaries, rest } = divided(schedule, secrets)
  if (canary === 0 || (!select && rest.length === 0)) return undefined
  const first = select ? canary : canaries
  const who = typeof first === 'number' ? `the first ${first} by name` : first.join(', ')
  const soak = soakSeconds === undefined ? 'once' : `${writeDuration(soakSeconds)} after`
  return { first, text: `${who}; the rest ${soak} that has succeeded` }
}
