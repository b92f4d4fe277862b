import { existsSync } from 'node:fs'

// As bin/aws-tourbillon.js: the package holds what was built, a checkout its TypeScript, which the runner's Node reads as it is.
const sources = new URL('../src/action/main.ts', import.meta.url)
await import(existsSync(sources) ? sources.href : '../dist/src/action/main.js')
