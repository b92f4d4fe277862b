import { afterAll, beforeAll, expect, it } from 'vitest'
import { NEEDS } from '../../src/deploy/permissions/commands.ts'
import { ACCOUNT, REGION } from '../../src/local/arn.ts'
import { isAllowed, type PolicyStatement } from '../deploy/policy.ts'
import { startRecorder } from '../deploy/recorder.ts'
import { startVerifyWorld } from './world.ts'

/*
 * A run that makes each kind of call there is: what it asks AWS for is written down, as for other commands
 * (test/deploy/people.deep.test.ts).
 */

let recorder: Awaited<ReturnType<typeof startRecorder>>
let world: Awaited<ReturnType<typeof startVerifyWorld>>
beforeAll(async () => {
  world = await startVerifyWorld([], {
    async way(endpoint, env) {
      recorder = await startRecorder(endpoint)
      return recorder.env(env)
    },
  })
  const first = await world.verify(['running-version', 'stopped-execution', 'delivery-delay', 'version-id'])
  // Deliveries take longer than a minute: their schedules are made all the same.
  const unseen = first.told.facts.filter(
    ({ name, verdict }) => name !== 'delivery-delay' && verdict === 'UNKNOWN',
  )
  expect(unseen, first.stderr).toEqual([])
}, 600_000)
afterAll(async () => {
  await world.stop()
  await recorder.stop()
})

it('asks for what its needs say, and no more', () => {
  // A fact that is not seen again gets a note: test/ledger/facts.test.ts.
  const asked = new Set([...recorder.calls.map(({ action }) => action), 'dynamodb:UpdateItem'])
  const written = new Set(NEEDS.verify.flatMap(({ actions }) => actions))
  expect([...asked].sort()).toEqual([...written].sort())
})

it('is allowed by what permissions prints, call by call', async () => {
  const { stdout } = await world.run('permissions', 'verifier', '--json')
  const { documents } = JSON.parse(stdout.replaceAll('REGION', REGION).replaceAll('ACCOUNT', ACCOUNT))
  const statements: PolicyStatement[] = documents.flatMap(
    (it: { policy: { Statement: PolicyStatement[] } }) => it.policy.Statement,
  )
  expect(recorder.calls.filter((it) => !isAllowed(statements, it))).toEqual([])
})
