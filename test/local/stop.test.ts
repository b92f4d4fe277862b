import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

describe('stop', () => {
  it('lets the process exit by itself, whatever is under way', async () => {
    const script = join(import.meta.dirname, 'busy-and-stop.ts')
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { timeout: 15_000 })
    const { stoppedMs, exitMs } = JSON.parse(stdout) as { stoppedMs: number; exitMs: number }
    expect(stderr).toBe('')
    expect(stoppedMs).toBeLessThan(2000)
    expect(exitMs).toBeLessThan(4000)
  })
})
