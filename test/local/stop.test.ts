import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { within } from '../busy.ts'

describe('stop', () => {
  it('lets the process exit by itself, whatever is under way', async () => {
    const script = fileURLToPath(new URL('./busy-and-stop.ts', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { timeout: 60_000 })
    const { stoppedMs, exitMs } = JSON.parse(stdout) as { stoppedMs: number; exitMs: number }
    expect(stderr).toBe('')
    expect(stoppedMs).toBeLessThan(within(2000))
    expect(exitMs).toBeLessThan(within(4000))
  })
})
