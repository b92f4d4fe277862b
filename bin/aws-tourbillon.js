#!/usr/bin/env node
import { existsSync } from 'node:fs'

// The package holds what was built, and no source; a checkout runs its TypeScript as it is, built or not.
const sources = new URL('../src/cli/main.ts', import.meta.url)
await import(existsSync(sources) ? sources.href : '../dist/src/cli/main.js')
