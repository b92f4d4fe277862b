import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Case, Figures } from './figures.ts'

const run = promisify(execFile)

/** Measures a wave in a fresh process, so that none has another's memory or compiled code. Throws what it threw. */
export async function measure(asked: Case): Promise<Figures> {
  process.stderr.write(`${asked.world}: ${asked.secrets} secrets, ${asked.concurrency} at once\n`)
  const { stdout } = await run(
    process.execPath,
    ['--expose-gc', import.meta.filename, JSON.stringify(asked)],
    {
      maxBuffer: 64 * 1_024 * 1_024,
    },
  )
  const figures = JSON.parse(stdout) as Figures
  const expected = asked.fails ? 0 : asked.secrets
  if (figures.succeeded !== expected) {
    throw new Error(`${figures.succeeded} rotations succeeded, not ${expected}: ${JSON.stringify(asked)}`)
  }
  return figures
}

/** The process that it is measured in: `node --expose-gc bench/fleet/measure.ts CASE`, in JSON both ways. */
if (import.meta.main) {
  const asked = JSON.parse(process.argv[2] ?? '') as Case
  const figures: Figures =
    asked.world === 'http'
      ? await (await import('./http.ts')).overHttp(asked)
      : await (await import('./simulated.ts')).simulated(asked)
  process.stdout.write(JSON.stringify(figures))
}
