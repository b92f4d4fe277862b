#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The package holds what was built, and no source; a checkout runs its TypeScript as it is, built or not.
const sources = new URL('../src/cli/main.ts', import.meta.url)
if (Number.parseInt(process.versions.node, 10) < 22) {
  console.error(`aws-tourbillon needs Node 22, 24 or later, and this is ${process.version}`)
  process.exitCode = 2
} else await import(existsSync(sources) ? sources.href : '../dist/src/cli/main.js')
