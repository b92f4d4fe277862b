import { seeded } from '../../src/rehearse/world/random.ts'
import type { Asked } from './asked.ts'
import type { Harm } from './harm.ts'

/** Which harm requests come to, by seed: each API has a stream of chance of its own. */
export type Weather = {
  harm(asked: Asked): Harm | undefined
  /** No more from now on. */
  clear(): void
  count(): number
}

/** One request in so many is harmed. The gate and the call itself are where the promises are. */
const EVERY: Record<string, number> = {
  RotateSecret: 3,
  BatchGetItem: 8,
  DescribeSecret: 12,
  PutEvents: 8,
  Invoke: 12,
  UpdateService: 3,
  DescribeServices: 8,
  CheckpointDurableExecution: 40,
}
const OTHERS_EVERY = 25

const REFUSED_AGAIN = {
  code: 'InvalidRequestException',
  message: 'A previous rotation isn’t complete. That rotation will be reattempted.',
}
const DENIED = { code: 'AccessDeniedException', message: 'User is not authorized to perform this.' }

export function weatherOf(seed: number, now: () => number): Weather {
  const streams = new Map<string, ReturnType<typeof seeded>>()
  let clear = false
  let count = 0
  /** IAM is eventually consistent: now and then a permission is not there yet, for some seconds. */
  let deniedUntil = 0
  const denials = seeded(seed + 1)

  function streamOf({ service, action }: Asked) {
    const key = `${service} ${action}`
    const known = streams.get(key) ?? seeded(seed ^ hashOf(key))
    streams.set(key, known)
    return known
  }

  function drawn(asked: Asked): Harm | undefined {
    const random = streamOf(asked)
    if (asked.service === 'secretsmanager' && asked.caller === 'rotate') {
      if (now() < deniedUntil) return random.chance(0.7) ? { kind: 'refused', error: DENIED } : undefined
      if (denials.chance(0.004)) deniedUntil = now() + denials.between(3, 15) * 1_000
    }
    if (!random.chance(1 / (EVERY[asked.action] ?? OTHERS_EVERY))) return undefined
    if ((asked.action === 'BatchGetItem' || asked.action === 'PutEvents') && random.chance(0.6))
      return { kind: 'partial', keep: random.between(0, 2) }
    const nextRefused =
      asked.action === 'RotateSecret' && random.chance(0.5) ? { nextRefused: REFUSED_AGAIN } : {}
    const ms = random.between(100, 3_000)
    return random.pick<Harm>([
      { kind: 'delay', ms },
      { kind: 'late answer', ms },
      { kind: 'lost request' },
      { kind: 'lost answer', ...nextRefused },
      { kind: 'lost answer', ...nextRefused },
      { kind: 'hang', ms: random.between(20, 90) * 1_000, carried: false },
      { kind: 'hang', ms: random.between(20, 90) * 1_000, carried: true },
      { kind: 'reset' },
      { kind: 'truncated' },
      { kind: 'twice' },
      { kind: 'refused', error: 'throttled' },
      { kind: 'refused', error: 'throttled' },
      { kind: 'refused', error: 'unavailable' },
    ])
  }

  return {
    harm(asked) {
      const found = clear ? undefined : drawn(asked)
      if (found) count++
      return found
    },
    clear() {
      clear = true
    },
    count: () => count,
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
