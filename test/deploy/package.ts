import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Resource } from '../../src/deploy/template.ts'

export const ROOT = join(import.meta.dirname, '../..')

const osls = join(
  dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
  'bin/serverless.js',
)

export type Packaged = {
  code: number
  /** Both streams, in order enough to read. */
  output: string
  /** Absent where nothing was packaged. */
  template?: { Resources: Record<string, Resource>; Outputs: Record<string, unknown> }
  /** The template's own text. */
  text?: string
}

/**
 * Runs the real `serverless package` for a stage whose config is given as text: offline, and with an environment that
 * holds no credentials and no home to find any in.
 */
export async function serverlessPackage(stage: string, config: string): Promise<Packaged> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-package-'))
  try {
    const file = join(directory, `${stage}.yml`)
    await writeFile(file, config)
    const out = join(directory, 'package')
    const args = [osls, 'package', '--stage', stage, '--package', out, '--param', `config=${file}`]
    const { code, output } = await run(args, { PATH: process.env.PATH, HOME: directory })
    const text = await readFile(join(out, 'cloudformation-template-update-stack.json'), 'utf8').catch(
      () => undefined,
    )
    return { code, output, ...(text !== undefined && { template: JSON.parse(text), text }) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stderr + stdout }),
    )
  })
}
