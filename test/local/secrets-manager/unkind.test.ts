import { randomUUID } from 'node:crypto'
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager'
import { expect, it } from 'vitest'
import { secretFixture } from '../fixture.ts'

it('shows what was there before, as long as it is late', async () => {
  let now = Date.now()
  const seen = { late: 0 }
  const { rotate, versions, ended } = await secretFixture({
    now: () => now,
    unkind: { seenLateMs: (caller) => (caller === 'local' ? seen.late : 0) },
  })
  const [one, two] = [randomUUID(), randomUUID()]
  await rotate(one)
  await ended()
  now += 60_000
  await rotate(two)
  await ended(2)
  expect((await versions())[two]).toContain('AWSCURRENT')
  seen.late = 30_000
  expect((await versions())[two]).toBeUndefined()
  expect((await versions())[one]).toContain('AWSCURRENT')
  now += 30_000
  expect((await versions())[two]).toContain('AWSCURRENT')
})

it('shows a younger secret as it was made', async () => {
  const { first, rotate, versions, ended } = await secretFixture({ unkind: { seenLateMs: () => 90_000 } })
  await rotate(randomUUID())
  await ended()
  expect(Object.keys(await versions())).toEqual([first])
})

it('makes a version of another id than the token, the same for the same token', async () => {
  const other = randomUUID()
  const { rotate, versions, ended, steps } = await secretFixture({ versionIdOf: () => other })
  const token = randomUUID()
  expect((await rotate(token)).VersionId).toBe(other)
  await ended()
  expect((await rotate(token)).VersionId).toBe(other)
  expect((await versions())[other]).toContain('AWSCURRENT')
  expect(steps).toHaveLength(4)
})

it('lists a secret twice', async () => {
  const { client } = await secretFixture({ unkind: { listedTwice: () => true } })
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}))
  expect(SecretList.map(({ Name }) => Name)).toEqual(['app', 'app'])
})
