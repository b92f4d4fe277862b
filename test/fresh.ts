import { vi } from 'vitest'

/*
 * Before each test file that changes what a process has once: the environment and folder as they were, and our modules
 * as if never loaded, for handlers read the environment as they load. Libraries stay: they are most of what loading costs.
 */

const first = globalThis as { environment?: NodeJS.ProcessEnv; folder?: string }
first.environment ??= { ...process.env }
first.folder ??= process.cwd()

process.chdir(first.folder)
for (const name of Object.keys(process.env)) if (!(name in first.environment)) delete process.env[name]
Object.assign(process.env, first.environment)
vi.resetModules()
