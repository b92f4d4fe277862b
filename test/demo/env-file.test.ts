import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ENV_FILE, writeEnvFile } from '../../src/demo/env-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tourbillon-env-'))
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})
const written = () => readFile(join(folder, ENV_FILE), 'utf8').catch(() => undefined)

it('of one that ends does not take away what another has written there since', async () => {
  const first = await writeEnvFile({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
  const second = await writeEnvFile({ AWS_ENDPOINT_URL: 'http://127.0.0.1:2' })
  await first()
  expect(await written()).toBe("export AWS_ENDPOINT_URL='http://127.0.0.1:2'\n")
  await second()
  expect(await written()).toBeUndefined()
})
