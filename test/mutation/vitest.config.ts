import { defineConfig } from 'vitest/config'

/** What Stryker runs for each mutant: the tests of the place, in one process. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env.MUTATION_TESTS ?? '["test/**/*.test.ts"]'),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
