import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { writePage } from './src/console/server/assets.ts'

/** `npm run build`: what the package holds, JavaScript with types and the console's page. The checkout runs without. */
rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
// It comes with what imports it, and would be a second one: of what is built, the package's own is the only one.
rmSync('dist/package.json')
await writePage('dist/src/console/page')
