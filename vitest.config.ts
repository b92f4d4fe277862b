import { defineConfig } from 'vitest/config'

// Tests run commands in their own process: nothing of this machine's own AWS may show there.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // npm run test:ui has these.
    exclude: ['test/console/page/**'],
    env: {
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    // Many tests start processes of their own: more workers than cores only make them wait for one another.
    maxWorkers: 2,
    // What hangs ends; a machine that is busy with other things is only slower.
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
