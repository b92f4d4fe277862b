import { intervalsOf } from '../calendar/freezes.ts'
import type { Config } from '../config/config.ts'
import { stageNameProblem } from '../deploy/resources.ts'
import { CannotDo } from '../model/errors.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY, MINUTE } from '../model/time.ts'
import { localTime } from './schedules.ts'
import { type DemoSecret, secretsOf } from './secrets.ts'

/** The schedule that `npm start` adds, so that nobody has to wait until the night. */
export const DEMO = 'orders-db-now'

/** What it rotates where the config has no secret of its own account and region by name. */
const OWN = 'demo/orders/db'

export type Demo = {
  /** As configured, with one more schedule. */
  config: Config
  /** Secrets to create. */
  secrets: DemoSecret[]
  /** Whose rotation is told: one that the added schedule rotates, and one on demand. */
  told: [scheduled: string, onDemand: string]
  /** The freezes in force, which these two pass. */
  setAside: string[]
}

const ROOM_MS = 10 * MINUTE

/** The config that `npm start` runs with: a one-off of a secret of its own account and region at `instant` (epoch ms, whole seconds). */
export function demoOf(config: Config, instant: number): Demo {
  const nameless = stageNameProblem(config.stage)
  if (nameless) throw new CannotDo(nameless.message, { hint: nameless.hint })
  const [first] = config.schedules
  if (first === undefined) {
    throw new CannotDo(`stage ${config.stage} has no schedule to play`, {
      hint: 'give it one, as config/local.yml does',
    })
  }
  const near = config.schedules.filter(
    ({ place, secrets }) => !place && secrets.some((it) => !it.startsWith('arn:')),
  )
  const pattern = near[0] ?? { ...first, place: undefined, select: undefined, secrets: [OWN] }
  const names = near.flatMap(({ secrets }) => secrets.filter((it) => !it.startsWith('arn:')))
  const [secret = OWN] = names
  // One that is in several schedules would have to be asked for by one of them.
  const timesNamed = (name: string) =>
    config.schedules.flatMap(({ secrets }) => secrets.map(secretNameOf)).filter((it) => it === name).length
  const onDemand = names.find((name) => name !== secret && timesNamed(name) === 1) ?? secret
  const inForce = config.freezes.filter(
    (it) => intervalsOf(it, instant - ROOM_MS, instant + ROOM_MS).length > 0,
  )
  const { approval, start, select, place, ...rest } = pattern
  const demo = {
    ...rest,
    name: DEMO,
    when: `at(${localTime(instant, pattern.timezone)})`,
    secrets: [secret],
    precision: 'second' as const,
    enabled: true,
    // Who has taken the new password is told of whatever config.
    adoption: pattern.adoption ?? { withinSeconds: DAY / 1_000 },
    ignoreFreezes: inForce.map(({ name }) => ({ name, reason: 'npm start' })),
  }
  return {
    secrets: [...secretsOf(config), ...(near.length === 0 ? [{ name: OWN }] : [])],
    told: [secret, onDemand],
    setAside: inForce.map(({ name }) => name),
    config: {
      ...config,
      schedules: [...config.schedules.filter(({ name }) => name !== DEMO), demo],
    },
  }
}
