import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'
import { tourbillon } from './tourbillon.ts'

const SCHEDULES = 'schedules:\n  one: { when: cron(0 3 ? * SUN *), timezone: UTC, secrets: [app/one] }\n'
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary'

let on: Stage
let directory: string
beforeAll(async () => {
  on = await startStage('looked-at', SCHEDULES)
  directory = await mkdtemp(join(tmpdir(), 'verify-'))
})
afterAll(async () => {
  await on.stop()
  await rm(directory, { recursive: true })
})

it('prints the template of what it would make, without asking anybody', async () => {
  const config = join(directory, 'prod.yml')
  await writeFile(config, `stage: { permissionsBoundary: '${BOUNDARY}' }\n${SCHEDULES}`)
  const { code, stdout, stderr } = await tourbillon(['verify', '--template', '--config', config], { env: {} })
  expect([code, stderr]).toEqual([0, ''])
  const { Resources } = JSON.parse(stdout)
  expect(Resources.SeenRole.Properties).toMatchObject({
    ...{ RoleName: 'verify-tourbillon-example-seen', PermissionsBoundary: BOUNDARY },
  })
})

it('says that its report cannot be written before it makes anything', async () => {
  const { code, stderr } = await on.run('verify', '--yes', '--report', join(directory, 'none', 'facts.md'))
  expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot write .*facts\.md: there is no folder/)])
  expect(on.aws.calls.map(({ action }) => action)).toContain('DescribeStacks')
  expect(on.aws.calls.map(({ action }) => action)).not.toContain('CreateStack')
})

it.each([
  ['--remove', '--only', 'messages'],
  ['--remove', '--report', 'facts.md'],
  ['--json', '--report', '-'],
  ['--remove', '--minutes', '5'],
  ['--remove', '--template'],
  ['--remove', '--json'],
  ['--template', '--yes'],
])('refuses beside %s what changes nothing there: %s %s', async (option, ...beside) => {
  const before = on.aws.calls.length
  const { code, stderr } = await on.run('verify', option, ...beside)
  expect([code, stderr]).toEqual([2, expect.stringContaining(`${beside[0]} says nothing beside ${option}\n`)])
  expect(on.aws.calls).toHaveLength(before)
})
