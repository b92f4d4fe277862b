import { rotationIdOf } from '../../src/model/identity.ts'
import type { Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'
import { INSTANT } from './stage.ts'
import type { SwitchName } from './switches.ts'

/** A small wave, and one that is parted over executions. */
const SIZES = [20, 100]
const GUARDS = {
  without: {},
  'maxErrors: 1': { maxErrors: 1 },
  'canary: 1': { canary: 1, soakSeconds: 600 },
  'canary: 3': { canary: 3, soakSeconds: 600 },
}

/** Crashes, lost answers, throttling and slow calls come by chance in each but the first. */
const WORLDS: Record<string, { on: SwitchName[]; calm?: boolean }> = {
  calm: { on: [], calm: true },
  'crashes, faults of AWS and ledger': { on: [] },
  'delivered again and again': { on: ['delivered again'] },
  'throttled by rate': { on: ['throttled by rate'] },
  'calls hang, looks are old': { on: ['hangs', 'seen late', 'looks disagree'] },
  'gate unread': { on: ['gate unread'] },
  'attempted again': { on: ['attempted again'] },
}

/** Every function is broken, and nobody has a hand in it. */
function breaking(scenario: Scenario, size: number, guard: object): Scenario {
  const { approval: _, maxErrors: __, changeCalendars: ___, ...schedule } = scenario.stage.schedule ?? {}
  return {
    ...scenario,
    people: [],
    stage: {
      ...scenario.stage,
      freezes: [],
      selected: false,
      schedule: {
        ...schedule,
        ...{ before: [], after: [], concurrency: 5, windowSeconds: 3_600, timeoutSeconds: 120 },
        secrets: Array.from({ length: size }, (____, index) => `db-${index}`),
        ...guard,
      },
      heardMs: () => 5_000,
      step: ({ Step }) => ({ delayMs: 500, fails: Step === 'setSecret' }),
    },
  }
}

/** Secrets of the occurrence for which RotateSecret reached AWS. */
async function touchedIn(seed: number, size: number, guard: object, world: (typeof WORLDS)[string]) {
  const worsen = (scenario: Scenario) => breaking(scenario, size, guard)
  const { stage } = (await simulate(seed, { ...world, worsen })).aftermath
  const called = new Set(stage.aws.calls.map(({ token }) => token))
  const occasion = new Date(INSTANT).toISOString()
  return stage.secrets.filter((secret) => called.has(rotationIdOf('nightly', secret, occasion))).length
}

/** How many secrets a wave of broken functions touches: the most of so many seeds, and how many on average. */
export async function touchedTable(seeds: number): Promise<string[]> {
  const guards = Object.entries(GUARDS)
  const lines = [
    `secrets touched by a wave whose functions all break: on average, and at most in ${seeds} seeds`,
  ]
  for (const size of SIZES) {
    lines.push('', `of ${size}`.padEnd(36) + guards.map(([name]) => name.padStart(16)).join(''))
    for (const [what, world] of Object.entries(WORLDS)) {
      const cells: string[] = []
      for (const [, guard] of guards) {
        const counts: number[] = []
        for (let seed = 1; seed <= seeds; seed++) counts.push(await touchedIn(seed, size, guard, world))
        const mean = counts.reduce((sum, count) => sum + count, 0) / seeds
        cells.push(`${mean.toFixed(1)} (${Math.max(...counts)})`.padStart(16))
      }
      lines.push(what.padEnd(36) + cells.join(''))
    }
  }
  return lines
}
