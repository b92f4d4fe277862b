import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CannotDo } from '../model/errors.ts'
import type { Step } from './step.ts'

export type Ran = { code: number; out: string; err: string }

/**
 * Runs the repository's own aws-tourbillon, so that a pull request is judged by the release that its lockfile names.
 * Throws CannotDo where none is installed. `mostMs`: then it is ended, with code 2.
 */
export function tourbillon(step: Step, args: string[], mostMs?: number): Promise<Ran> {
  return run(step, [scriptOf('aws-tourbillon', step.directory), ...args], { mostMs })
}

/** `serverless` of the same node_modules; what it prints is in the log as it comes. */
export function serverless(step: Step, args: string[]): Promise<Ran> {
  return run(step, [scriptOf('serverless', step.directory), ...args], { show: step.out })
}

/** By the runner's Node: neither PATH nor a shell has a say in which one that is, on any system. */
function run(
  { env, directory }: Step,
  args: string[],
  { show, mostMs }: { show?: (text: string) => unknown; mostMs?: number | undefined },
): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      cwd: directory,
      env: withoutOurs(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      // One that is ended so has no exit code: 2.
      ...(mostMs !== undefined && { timeout: mostMs }),
    })
    const ran = { out: '', err: '' }
    for (const [name, stream] of [
      ['out', child.stdout],
      ['err', child.stderr],
    ] as const)
      stream.setEncoding('utf8').on('data', (text: string) => {
        ran[name] += text
        show?.(text)
      })
    child.on('error', failed)
    child.on('close', (code) => done({ ...ran, code: code ?? 2 }))
  })
}

/** The inputs, the token among them, are for this step alone. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(INPUT|ACTIONS)_/.test(name)))
}

type Package = { name?: string; bin?: Record<string, string> }

/** The script behind a command of an installed package: in the nearest node_modules, or of a checkout of the package itself. */
function scriptOf(name: string, directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    const own = packageIn(folder)
    const home = own?.name === name ? folder : join(folder, 'node_modules', name)
    const script = (own?.name === name ? own : packageIn(home))?.bin?.[name]
    if (script !== undefined) return join(home, script)
    if (dirname(folder) === folder) break
  }
  throw new CannotDo(`${name} is not installed`, {
    hint: 'add a step "run: npm ci" before this one, and have package.json and its lockfile committed',
  })
}

function packageIn(folder: string): Package | undefined {
  const file = join(folder, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
