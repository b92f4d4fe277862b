import { keyed } from '../../src/rehearse/world/random.ts'
import { INSTANT, simulatedStage } from './stage.ts'

const HOUR = 3_600_000
/** Secrets of one wave. */
const SECRETS = 10
const ANSWERS = {
  accept: 'accepts, and attempts it again',
  ignore: 'accepts, and does nothing',
  refuse: 'refuses, and attempts it again',
} as const
const RETRIES = [0, 1, 2, 3]

/** Of all calls of a rotation function, so many fail: each of the four steps, or one of the four. */
const FAILING = {
  '20 % of all calls fail': () => true,
  '20 % of the calls for testSecret fail': (step: string) => step === 'testSecret',
}

/** Of how many rotations, how many were kept; a calm world but for functions that fail, the same in each column. */
async function keptOf(
  seeds: number,
  repeatedToken: keyof typeof ANSWERS,
  retries: number,
  fails: (step: string) => boolean,
): Promise<number> {
  let kept = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const turns = new Map<string, number>()
    const secrets = Array.from({ length: SECRETS }, (_, index) => `db-${index}`)
    const stage = simulatedStage({
      repeatedToken,
      heardMs: () => 5_000,
      schedule: { secrets, ...(retries > 0 && { retries }) },
      step: ({ SecretId, Step }) => {
        const key = SecretId.replace(/-\w{6}$/, '') + Step
        const turn = (turns.get(key) ?? 0) + 1
        turns.set(key, turn)
        return { delayMs: 500, fails: fails(Step) && keyed(seed, key, turn).chance(0.2) }
      },
    })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 4 * HOUR)
    kept += [...stage.ledger.rows.values()].filter(({ status }) => status === 'SUCCEEDED').length
  }
  return kept / (seeds * SECRETS)
}

/** The share of rotations that are kept, with and without retries, under each answer of AWS to a used token. */
export async function keptTable(seeds: number): Promise<string[]> {
  const lines: string[] = []
  for (const [what, fails] of Object.entries(FAILING)) {
    lines.push(`${what} (${seeds * SECRETS} rotations each)`)
    lines.push(
      `  ${'a used token'.padEnd(32)}${RETRIES.map((retries) => `retries ${retries}`.padStart(11)).join('')}`,
    )
    for (const answer of Object.keys(ANSWERS) as (keyof typeof ANSWERS)[]) {
      const shares: string[] = []
      for (const retries of RETRIES) {
        const kept = await keptOf(seeds, answer, retries, fails)
        shares.push(`${(100 * kept).toFixed(1)} %`.padStart(11))
      }
      lines.push(`  ${ANSWERS[answer].padEnd(32)}${shares.join('')}`)
    }
  }
  return lines
}
