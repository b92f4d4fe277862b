import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { PLACES } from './places.ts'

/**
 * `npm run mutate -- PLACE`: changes the code of a place in small ways, one at a time, and runs its tests: what nobody
 * notices is listed. Exit 1 below 80 % noticed, 2 where there is nothing to change or to run. Texts for people are left
 * out. `--lines FILE:FROM-TO` looks at a part.
 */
const LEAST_PERCENT = 80

const { positionals, values } = parseArgs({ allowPositionals: true, options: { lines: { type: 'string' } } })
const [name = ''] = positionals
const place = PLACES[name]
if (!place) {
  console.error(`npm run mutate -- PLACE, one of: ${Object.keys(PLACES).join(', ')}`)
  process.exit(2)
}
const mutate = values.lines === undefined ? place.mutate : [values.lines]
const files = [...mutate.map((it) => it.replace(/:\d+.*$/, '')), ...place.tests]
const missing = files.filter((pattern) => globSync(pattern).length === 0)
if (missing.length > 0) {
  console.error(`no such file: ${missing.join(', ')}; correct test/mutation/places.ts, or --lines`)
  process.exit(2)
}

process.env.MUTATION_TESTS = JSON.stringify(place.tests)
const results = await new Stryker({
  mutate,
  mutator: { excludedMutations: ['StringLiteral'], plugins: [] },
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  // A busy machine is no endless loop.
  timeoutMS: 15_000,
  reporters: process.stdout.isTTY ? ['progress'] : ['progress-append-only'],
  warnings: false,
  // TypeScript 7 has no API for Stryker to rewrite this file with, and nothing here needs it.
  tsconfigFile: 'none',
  ignorePatterns: ['/docs/images', '/test/versions/previous', '/.tourbillon', '/bench'],
}).runMutationTest()

const isNoticed = ({ status }: { status: string }) => status === 'Killed' || status === 'Timeout'
const isUnnoticed = ({ status }: { status: string }) => status === 'Survived' || status === 'NoCoverage'
const judged = results.filter((it) => isNoticed(it) || isUnnoticed(it))
for (const [fileName, changes = []] of Object.entries(Object.groupBy(judged, (it) => it.fileName))) {
  const file = relative(process.cwd(), fileName)
  for (const { location, replacement = '', status } of changes.filter(isUnnoticed)) {
    const { line, column } = location.start
    const change = replacement.replaceAll(/\s+/g, ' ').slice(0, 80)
    console.log(`${file}:${line}:${column}  ${status === 'NoCoverage' ? 'no test' : 'survived'}  ${change}`)
  }
  console.log(`${file}: ${changes.filter(isNoticed).length} of ${changes.length} noticed`)
}
const noticed = judged.filter(isNoticed).length
const endless = judged.filter(({ status }) => status === 'Timeout').length
const percent = (100 * noticed) / judged.length
console.log(
  `${name}: ${noticed} of ${judged.length} noticed, ${percent.toFixed(1)} %; ${endless} of them by running on`,
)
process.exitCode = percent >= LEAST_PERCENT ? 0 : 1
