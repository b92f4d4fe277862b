import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundle } from '../../src/deploy/bundle.ts'
import { entry } from '../schedules/entry.ts'

const CONFIG = { stage: 'dev', version: '1a2b3c4d5e6f', freezes: [], schedules: [entry()] }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tourbillon-bundle-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe.each(['rotate', 'rotate-now'])('the package of %s', (name) => {
  const file = join(import.meta.dirname, `../../handlers/${name}.ts`)
  let made: Bundle
  beforeAll(async () => {
    made = await bundle(file, CONFIG)
  })

  it('is small: code, its map and the config, without YAML or schemas', () => {
    const paths = Object.keys(unzipSync(made.archive))
    expect(paths).toContain('config.json')
    expect(paths.filter((path) => !/^(index|chunk-\w+)\.mjs(\.map)?$/.test(path))).toEqual(['config.json'])
    expect(made.startBytes).toBeLessThan(775_000)
    expect(made.archive.length).toBeLessThan(820_000)
    expect(
      made.modules.filter((module) => /node_modules\/(yaml|zod|esbuild|serverless)\//.test(module)),
    ).toEqual([])
  })

  it('loads as Lambda loads it, from a directory that holds nothing else', async () => {
    for (const [path, content] of Object.entries(unzipSync(made.archive)))
      await writeFile(join(directory, path), content)
    const script = `const { handler } = await import(${JSON.stringify(join(directory, 'index.mjs'))}); console.log(typeof handler)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { LAMBDA_TASK_ROOT: directory, AWS_REGION: 'us-east-1' },
    })
    expect(stdout).toBe('function\n')
  })
})

it('is the same twice: nothing new to publish where nothing changed', async () => {
  const file = join(import.meta.dirname, '../../handlers/rotate-now.ts')
  const [first, second] = await Promise.all([bundle(file, CONFIG), bundle(file, CONFIG)])
  expect(first.archive.equals(second.archive)).toBe(true)
})

it('CloudTrail’s client is in the package of the audit alone, and not in what it starts with', async () => {
  const made = (name: string) => bundle(join(import.meta.dirname, `../../handlers/${name}.ts`), CONFIG)
  const [audit, rotate, observe] = await Promise.all(['audit', 'rotate', 'observe'].map(made))
  const has = (one?: Bundle) => one?.modules.some((module) => module.includes('client-cloudtrail'))
  expect([has(audit), has(rotate), has(observe)]).toEqual([true, false, false])
  expect(audit?.startBytes).toBeLessThan(700_000)
})

it('the clients of ECS are in the package of what hands over, and in no other', async () => {
  const made = async (name: string) =>
    (await bundle(join(import.meta.dirname, `../../handlers/${name}.ts`), CONFIG)).modules
  const withEcs = (modules: string[]) => modules.some((module) => module.includes('client-ecs'))
  const names = ['handover', 'rotate', 'rotate-now', 'audit', 'observe']
  const all = await Promise.all(names.map(async (name) => [name, withEcs(await made(name))]))
  expect(Object.fromEntries(all)).toEqual({
    ...{ handover: true, rotate: false, 'rotate-now': false, audit: false, observe: false },
  })
})
