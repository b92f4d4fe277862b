import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

export type Ended = { code: number | null; stdout: string; stderr: string; ms: number }

export const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

/** An environment in which nothing of this machine's own AWS shows: no profile, no region, no metadata service. */
export function bareEnvironment(env: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: join(tmpdir(), 'nobody-at-home'),
    AWS_EC2_METADATA_DISABLED: 'true',
    // Dozens of processes compile the same files: once is enough.
    NODE_COMPILE_CACHE: join(tmpdir(), 'tourbillon-test-compile-cache'),
    ...env,
  }
}

/** `npx tourbillon …` as a process, pipes for a terminal. It is killed after `limitMs`: then its code is null. */
export async function tourbillon(
  args: string[],
  { env = {}, limitMs = 45_000, cwd }: { env?: Record<string, string>; limitMs?: number; cwd?: string } = {},
): Promise<Ended> {
  const started = Date.now()
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: bareEnvironment(env),
    timeout: limitMs,
    ...(cwd !== undefined && { cwd }),
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output, ms: Date.now() - started }
}
