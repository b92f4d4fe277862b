#!/usr/bin/env node

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { runCommandLine } from './command-line.ts'
import { createTerminal } from './terminal.ts'

// What was compiled once stays compiled. Beside the code and not in the shared folder for temporary files, where others
// could leave something for us to run; where nothing can be written there, all goes on without.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/tourbillon'))
// AWS's own "standard" settings: a connection that does not come about is given up after 3.1 s, not after minutes.
process.env.AWS_DEFAULTS_MODE ??= 'standard'
process.exitCode = await runCommandLine(process.argv.slice(2), createTerminal(process))
// A request that was given up may still hold its connection, and with it the process.
if (process.exitCode === 2) setTimeout(() => process.exit(), 500).unref()
