import { secretNameOf } from '../model/secret.ts'
import { MINUTE } from '../model/time.ts'
import type { Task } from './groups.ts'
import type { Trouble } from './options.ts'
import type { StepEvent } from './secrets-manager/rotation.ts'
import type { RequestFault, StepFault } from './world/aws.ts'
import type { CrashPoint } from './world/durable.ts'
import { keyed, type Random } from './world/random.ts'
import type { StageWorld } from './world/stage.ts'

/** A rotation of which nothing is known takes so long: four calls of its function, with a database's answers. */
const USUAL_MS = 20_000

/** How often what happens on an ordinary day: of requests, of writes, of rotations, of operations, of deliveries. */
const USUAL = {
  throttled: 0.005,
  neverArrived: 0.001,
  answerLost: 0.001,
  slow: 0.01,
  ledger: 0.000_5,
  functionFails: 0.005,
  functionSlow: 0.02,
  crash: 0.000_2,
  schedulerLate: 0.005,
}

const error = (name: string, message = name) => Object.assign(new Error(message), { name })

/** What goes wrong in one group's world: by chance, from a source of its own, and by what is planted. */
export type Weather = {
  request(action: string, now: number): RequestFault
  /** `secret`: its name; `turn`: how often this step of it has run. */
  step(event: StepEvent, secret: string, now: number): StepFault
  ledgerFault: NonNullable<StageWorld['ledgerFault']>
  /** Undefined: nothing crashes, and so nothing is replayed. */
  crash: ((operation: string, point: CrashPoint) => boolean) | undefined
  /** How long after its minute's beginning a delivery comes, ms. */
  deliveryMs(instant: number): number
  /** Ms after which a `RotationFailed` is heard of. */
  heardMs(): number
  isAuditDown(now: number): boolean
}

export function weatherOf({ seed, faults, trouble, tookMs }: Task, key: string): Weather {
  const random = keyed(seed, key, 'weather')
  const usual = faults === 'usual'
  const strikes = (chance: number) => usual && random.chance(chance)
  const during = (what: Trouble['what'], now: number) =>
    trouble.find((it) => it.what === what && it.from <= now && now < it.to)
  return {
    request(action, now) {
      if (during('throttled', now) && random.chance(0.8)) return throttled
      if (!usual) return punctual(action)
      if (strikes(USUAL.throttled)) return throttled
      if (strikes(USUAL.neverArrived)) return { before: error('ECONNRESET') }
      if (strikes(USUAL.answerLost)) return { after: error('TimeoutError', `no answer of ${action}`) }
      return strikes(USUAL.slow) ? { delayMs: random.between(50, 4_000) } : punctual(action)
    },
    step({ Step }, secret, now) {
      const took = tookMs.get(secret) ?? USUAL_MS
      const broken = trouble.some(
        (it) =>
          it.what === 'function broken' &&
          it.from <= now &&
          now < it.to &&
          (it.secret === undefined || secretNameOf(it.secret) === secret),
      )
      const slow = strikes(USUAL.functionSlow) ? random.between(2, 6) : 1
      const fails =
        (broken && Step === 'setSecret') || (Step === 'testSecret' && strikes(USUAL.functionFails))
      return { delayMs: Math.round((took / 4) * slow), fails }
    },
    ledgerFault: () => {
      if (!usual || !strikes(USUAL.ledger)) return {}
      return random.pick<ReturnType<NonNullable<StageWorld['ledgerFault']>>>([
        { before: error('TimeoutError') },
        { after: error('TimeoutError') },
        { delayMs: 2_000 },
      ])
    },
    crash: usual ? () => random.chance(USUAL.crash) : undefined,
    deliveryMs(instant) {
      const planted = during('Scheduler late', instant)
      if (planted) return planted.lateMs ?? 10 * MINUTE
      const inMinute = keyed(seed, key, instant, 'delivery').between(200, 45_000)
      return strikes(USUAL.schedulerLate) ? inMinute + random.between(1, 15) * MINUTE : inMinute
    },
    heardMs: () => heardAfter(random),
    isAuditDown: (now) => during('audit down', now) !== undefined,
  }
}

/** Looks take no time here: they are most of what is asked. */
const punctual = (action: string): RequestFault => ({ delayMs: action === 'DescribeSecret' ? 0 : 20 })

const throttled: RequestFault = { before: error('ThrottlingException', 'Rate exceeded') }

/** CloudTrail's events come within seconds, mostly. */
const heardAfter = (random: Random) => random.between(1_000, 30_000)
