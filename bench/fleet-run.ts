import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Case, Figures } from './fleet-figures.ts'

const run = promisify(execFile)
const CASE = join(import.meta.dirname, 'fleet-case.ts')

/** Measures a wave in a fresh process, so that none has another's memory or compiled code. Throws what it threw. */
export async function measure(asked: Case): Promise<Figures> {
  process.stderr.write(`${asked.world}: ${asked.secrets} secrets, ${asked.concurrency} at once\n`)
  const { stdout } = await run(process.execPath, ['--expose-gc', CASE, JSON.stringify(asked)], {
    maxBuffer: 64 * 1_024 * 1_024,
  })
  const figures = JSON.parse(stdout) as Figures
  const expected = asked.fails ? 0 : asked.secrets
  if (figures.succeeded !== expected) {
    throw new Error(`${figures.succeeded} rotations succeeded, not ${expected}: ${JSON.stringify(asked)}`)
  }
  return figures
}
