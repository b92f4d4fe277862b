import { intervalsOf } from '../calendar/freezes.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { MINUTE } from '../model/time.ts'
import { localTime } from './schedules.ts'

/** The schedule that `npm start` adds, so that nobody has to wait until the night. */
export const DEMO = 'orders-db-now'

export type Demo = {
  /** As configured, with one more schedule, and without the freezes that cover this moment. */
  config: Config
  /** Secrets to create: those that the config names; an ARN is that of a secret elsewhere. */
  secrets: string[]
  setAside: string[]
}

const ROOM_MS = 10 * MINUTE

/** The config that `npm start` runs with: a one-off of its first secret at `instant` (epoch ms, whole seconds). */
export function demoOf(config: Config, instant: number): Demo {
  const secrets = [...new Set(config.schedules.flatMap((it) => it.secrets))].filter(
    (it) => !it.startsWith('arn:'),
  )
  const [secret] = secrets
  const pattern = config.schedules.find((it) => secret !== undefined && it.secrets.includes(secret))
  if (secret === undefined || pattern === undefined) {
    throw new CannotDo(`stage ${config.stage} names no secret that could be created here`, {
      hint: 'give a schedule a secret by its name, as config/local.yml does',
    })
  }
  const inForce = config.freezes.filter(
    (it) => intervalsOf(it, instant - ROOM_MS, instant + ROOM_MS).length > 0,
  )
  const demo = {
    ...pattern,
    name: DEMO,
    when: `at(${localTime(instant, pattern.timezone)})`,
    secrets: [secret],
    precision: 'second' as const,
    enabled: true,
    ignoreFreezes: [],
  }
  delete demo.start
  return {
    secrets,
    setAside: inForce.map(({ name }) => name),
    config: {
      ...config,
      freezes: config.freezes.filter((it) => !inForce.includes(it)),
      schedules: [...config.schedules.filter(({ name }) => name !== DEMO), demo],
    },
  }
}
