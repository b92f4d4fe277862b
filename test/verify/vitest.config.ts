import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `npm run test:verify`: against local AWSs that lie, one after another and beside nothing else, for they measure. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/verify/lies.test.ts'],
    setupFiles: 'test/fresh.ts',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
