import { expect, it } from 'vitest'
import { DEEP } from '../deep.ts'
import { violationsOf } from './invariants.ts'
import { simulate } from './simulate.ts'
import { INSTANT } from './stage.ts'

const SEEDS = DEEP ? 3_000 : 500

it(`keeps every invariant over ${SEEDS} seeds of faults`, async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations } = await simulate(seed)
    if (violations.length > 0) broken.push(`npm run simulate -- --seed ${seed}: ${violations.join('; ')}`)
  }
  expect(broken).toEqual([])
})

it('follows what another run has sent, where its own wave is refused', async () => {
  // The window closed while an approval was read; the run that had the claim had called just before that.
  expect((await simulate(6_076_303)).violations).toEqual([])
})

it('gives the same run for the same seed', async () => {
  const [once, again] = [(await simulate(7)).aftermath, (await simulate(7)).aftermath]
  const rows = ({ stage }: typeof once) =>
    // The six characters at the end of an ARN are AWS's own chance.
    [...stage.ledger.rows.values()].map(({ secretArn: _, ...rotation }) => rotation)
  expect(rows(again)).toEqual(rows(once))
  expect(again.scenario.faults).toEqual(once.scenario.faults)
})

it('sees a rest that did not wait for its canary', async () => {
  const { aftermath, violations } = await simulate(7, { on: [], calm: true })
  const [schedule] = aftermath.stage.config.schedules
  if (schedule) schedule.canary = 1
  expect(violations).toEqual([])
  expect(await violationsOf(aftermath)).toContainEqual(expect.stringMatching(/has no canary$/))
})

it('sees a request that nobody ends', async () => {
  const { aftermath } = await simulate(7, { on: [], calm: true })
  const at = new Date(INSTANT).toISOString()
  const asked = { approvalId: 'a', schedule: 'nightly', scheduledAt: at, requestedAt: at, expiresAt: at }
  await aftermath.stage.approvals.request({ ...asked, executionArn: 'asker' })
  expect(await violationsOf(aftermath)).toContain('approval a is pending for ever')
})
