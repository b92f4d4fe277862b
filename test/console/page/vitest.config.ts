import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `npm run test:ui`: the page in a real browser. One browser and one stage for all files: see global-setup.ts. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../../..'),
    include: ['test/console/page/*.test.ts'],
    globalSetup: 'test/console/page/global-setup.ts',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
