import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { createApplication, rememberPassword } from '../../src/demo/application.ts'
import { type Stack, startStack } from '../../src/demo/stack.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { logOutput } from '../../src/runtime/logger.ts'
import { tourbillon } from '../cli/tourbillon.ts'

const SECRET = 'down/orders/db'
let stack: Stack
let directory: string
let file: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'database-down-'))
  file = join(directory, 'down.yml')
  await writeFile(
    file,
    `schedules:\n  nightly: { when: cron(0 3 * * ? *), timezone: UTC, timeout: 3s, secrets: [${SECRET}] }\n`,
  )
  const loaded = await loadConfig(file)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  logOutput.write = () => {}
  stack = await startStack({ jitterMs: () => 0, log: () => {} })
  await stack.deploy(loaded.config)
  await createApplication(stack, { name: SECRET })
})
afterAll(async () => {
  await stack.stop()
  await rm(directory, { recursive: true })
})

describe('with the database down', () => {
  it('a rotation times out, truthfully, and the secret keeps the password that the database has', async () => {
    const before = await rememberPassword(stack.secretsManager, SECRET)
    expect(await before()).toBe('accepted')
    await stack.postgres.stop()

    const args = ['run', '--config', file, '--schedule', 'nightly', '--wait', '--json']
    const { code, stdout, stderr } = await tourbillon(args, { env: stack.aws.env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/TIMED_OUT/)
    const [rotation] = JSON.parse(stdout) as Rotation[]
    expect(rotation).toMatchObject({ status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK' })
    expect(rotation).not.toHaveProperty('rotatedAt')
    expect(rotation?.events.map(({ status }) => status)).toEqual(['CLAIMED', 'ROTATING', 'TIMED_OUT'])

    const history = await tourbillon(['history', '--config', file], { env: stack.aws.env })
    expect(history.stdout).toMatch(/down\/orders\/db +TIMED_OUT PENDING_VERSION_STUCK +nightly +ON_DEMAND/)
    expect(history.stderr).toMatch(/still AWSPENDING\n {4}hint: .*rotation function’s log/)
  })
})
