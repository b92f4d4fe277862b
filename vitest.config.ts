import { globSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { DEEP } from './test/deep.ts'

// Tests run commands in their own process: nothing of this machine's own AWS may show there.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]

/**
 * Files that change what a process has once: its environment and folder, the log's output, handlers that read the
 * environment as they load. They begin afresh (test/fresh.ts). All others share what a worker has loaded.
 */
const CHANGES =
  /process\.env|chdir|logOutput|tourbillon\.ts'|(?<!sim)\/(stage|table|fixture|aws|stack|wire)\.ts'|handlers\//
const ONLY_DEEP = /\.deep\.test\.ts$/
const sources = globSync('test/**/*.test.ts', {
  exclude: ['test/console/page/**', 'test/verify/{lies,trouble}.test.ts'],
})
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
  // The longer run has the files that are only its own, and those in which something is.
  .filter(({ file, text }) =>
    DEEP ? ONLY_DEEP.test(file) || text.includes('/deep.ts') : !ONLY_DEEP.test(file),
  )
const afresh = sources.filter(({ text }) => CHANGES.test(text)).map(({ file }) => file)
const together = sources.filter(({ text }) => !CHANGES.test(text)).map(({ file }) => file)

const shared = {
  env: {
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  },
  // What hangs ends; a machine that is busy with other things is only slower.
  testTimeout: DEEP ? 3_600_000 : 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 60_000 } },
}

export default defineConfig({
  test: {
    // Many tests wait more than they compute: for instants, timeouts, other processes.
    maxWorkers: 5,
    projects: [
      { test: { ...shared, name: 'together', isolate: false, include: together } },
      { test: { ...shared, name: 'afresh', isolate: false, setupFiles: 'test/fresh.ts', include: afresh } },
    ],
  },
})
