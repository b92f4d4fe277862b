import { expect, it } from 'vitest'
import { DEEP } from '../deep.ts'
import { simulate } from './simulate.ts'

const SEEDS = DEEP ? 3_000 : 500

it(`keeps every invariant over ${SEEDS} seeds of faults`, async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations } = await simulate(seed)
    if (violations.length > 0) broken.push(`npm run simulate -- --seed ${seed}: ${violations.join('; ')}`)
  }
  expect(broken).toEqual([])
})

it('gives the same run for the same seed', async () => {
  const [once, again] = [(await simulate(7)).aftermath, (await simulate(7)).aftermath]
  const rows = ({ stage }: typeof once) =>
    // The six characters at the end of an ARN are AWS's own chance.
    [...stage.ledger.rows.values()].map(({ secretArn: _, ...rotation }) => rotation)
  expect(rows(again)).toEqual(rows(once))
  expect(again.scenario.faults).toEqual(once.scenario.faults)
})
