import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { PLACES } from './places.ts'

/**
 * `npm run mutate -- PLACE`: changes the code of a place in small ways, one at a time, and runs its tests: what nobody
 * notices is listed. Exit 1 below 80 % noticed. Texts for people are left out. `--lines FILE:FROM-TO` looks at a part.
 */
const LEAST_PERCENT = 80

const { positionals, values } = parseArgs({ allowPositionals: true, options: { lines: { type: 'string' } } })
const [name = ''] = positionals
const place = PLACES[name]
if (!place) {
  console.error(`npm run mutate -- PLACE, one of: ${Object.keys(PLACES).join(', ')}`)
  process.exit(2)
}

process.env.MUTATION_TESTS = JSON.stringify(place.tests)
const results = await new Stryker({
  mutate: values.lines === undefined ? place.mutate : [values.lines],
  mutator: { excludedMutations: ['StringLiteral'], plugins: [] },
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  reporters: process.stdout.isTTY ? ['progress'] : ['progress-append-only'],
  warnings: false,
  // TypeScript 7 has no API for Stryker to rewrite this file with, and nothing here needs it.
  tsconfigFile: 'none',
  ignorePatterns: ['/docs/images', '/test/versions/previous', '/.tourbillon', '/bench'],
}).runMutationTest()

const noticed = results.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
const unnoticed = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
for (const { fileName, location, replacement, status } of unnoticed) {
  const { line, column } = location.start
  const change = (replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 80)
  console.log(
    `${fileName.replace(`${process.cwd()}/`, '')}:${line}:${column}  ${status === 'NoCoverage' ? 'no test' : 'survived'}  ${change}`,
  )
}
const percent = (100 * noticed) / Math.max(1, noticed + unnoticed.length)
console.log(`${name}: ${noticed} of ${noticed + unnoticed.length} noticed, ${percent.toFixed(1)} %`)
process.exitCode = percent < LEAST_PERCENT ? 1 : 0
