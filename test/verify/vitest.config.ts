import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `npm run test:verify`: against local AWSs that lie, each a process of its own, some at a time: they mostly wait. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/verify/{lies,trouble}.test.ts'],
    setupFiles: 'test/fresh.ts',
    maxWorkers: 2,
    maxConcurrency: 4,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
