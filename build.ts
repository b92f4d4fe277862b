import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { writePage } from './src/console/server/assets.ts'

/** `npm run build`: what the package holds, JavaScript with types and the console's page. The checkout runs without. */
rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
// It comes with what imports it, and would be a second one: of what is built, the package's own is the only one.
rmSync('dist/package.json')
const wanted = declarationsOf(resolve('dist/src/deploy/plugin.d.ts'))
for (const file of globSync('dist/**/*.d.ts')) if (!wanted.has(resolve(file))) rmSync(file)
await writePage('dist/src/console/page')

/** A declaration file and those that it refers to: types that nobody can import would be an eighth of the package. */
function declarationsOf(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)\.ts'/g))
    declarationsOf(resolve(file, '..', `${path}.d.ts`), found)
  return found
}
