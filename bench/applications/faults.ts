import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalFunction } from '../../src/local/lambda/function.ts'
import { keyed } from '../../src/rehearse/world/random.ts'
import type { Asked } from '../../test/chaos/asked.ts'
import type { Harm } from '../../test/chaos/harm.ts'

/** How a rotation goes wrong, by its number: a step that fails before its work or after it, once or twice, or is slow. */
type Planned = { step: string; how: 'fails' | 'its answer is lost' | 'is slow'; times: number }

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** About three of five rotations have one. */
function planned(seed: number, secret: string, number: number): Planned | undefined {
  const random = keyed(seed, secret, number)
  if (random.chance(0.4)) return undefined
  const how = random.pick(['fails', 'its answer is lost', 'is slow'] as const)
  return { step: random.pick(STEPS), how, times: random.chance(0.3) ? 2 : 1 }
}

export type Planting = {
  /** What the next rotation of each is: from 1. */
  number: number
  /** What came of the plan: `single testSecret fails`, and how often. */
  planted: Map<string, number>
}

/** A rotation function on a bad day. `before`: told as a step's own work begins. */
export function flawed(
  run: LocalFunction,
  { seed, name, planting }: { seed: number; name: string; planting: Planting },
  around: (step: string, work: () => Promise<unknown>) => Promise<unknown>,
): LocalFunction {
  const done = new Map<number, number>()
  /** How the step goes wrong now, where it does. */
  function faultOf(step: string): Planned['how'] | undefined {
    const { number, planted } = planting
    const fault = number > 0 ? planned(seed, name, number) : undefined
    const times = done.get(number) ?? 0
    if (fault === undefined || fault.step !== step || times >= fault.times) return undefined
    done.set(number, times + 1)
    const key = `${step} ${fault.how}`
    planted.set(key, (planted.get(key) ?? 0) + 1)
    return fault.how
  }
  return async (event) => {
    const { Step } = event as { Step: string }
    const how = faultOf(Step)
    // As long as a function and a login take.
    await sleep(keyed(seed, name, planting.number, Step).between(50, 300))
    if (how === 'is slow') await sleep(2_500)
    if (how === 'fails') throw new Error(`${Step} fails`)
    const answer = await around(Step, async () => run(event))
    if (how === 'its answer is lost') throw new Error(`the answer of ${Step} is lost`)
    return answer
  }
}

/** One request in so many comes to harm. RotateSecret and what starts a deployment are where it matters most. */
const EVERY: Record<string, number> = {
  RotateSecret: 3,
  UpdateService: 10,
  DescribeServices: 6,
  Invoke: 10,
  UpdateSecretVersionStage: 8,
  CheckpointDurableExecution: 40,
}

/** Harm on the wire, by seed: throttling, AWS's own failures, answers that are lost or late, requests that arrive twice. */
export function weather(seed: number) {
  const random = keyed(seed, 'weather')
  const harmed = new Map<Harm['kind'], number>()
  const state = { on: false }
  return {
    state,
    harmed,
    harm(asked: Asked): Harm | undefined {
      if (!state.on || !random.chance(1 / (EVERY[asked.action] ?? 20))) return undefined
      const ms = random.between(100, 1_200)
      const drawn = random.pick<Harm>([
        { kind: 'delay', ms },
        { kind: 'late answer', ms },
        { kind: 'lost request' },
        { kind: 'lost answer' },
        { kind: 'lost answer' },
        { kind: 'reset' },
        { kind: 'truncated' },
        { kind: 'twice' },
        { kind: 'refused', error: 'throttled' },
        { kind: 'refused', error: 'throttled' },
        { kind: 'refused', error: 'unavailable' },
      ])
      // Of half an answer that looks whole an SDK does not ask again: an application's read fails then, rotation or not.
      const isRead = asked.action === 'GetSecretValue' && asked.caller !== 'rotation-function'
      const harm: Harm = drawn.kind === 'truncated' && isRead ? { kind: 'reset' } : drawn
      harmed.set(harm.kind, (harmed.get(harm.kind) ?? 0) + 1)
      return harm
    },
  }
}
