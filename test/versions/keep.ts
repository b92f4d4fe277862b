/**
 * Keeps a release for the tests of this folder: `npm run keep-release -- REVISION`. Its handlers, its config's
 * compiler and its stores become two modules in `previous/`, with packages left out: what meets on one table is our
 * code. Run it as a release is made, so that the next one is tested against it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const OUT = 'test/versions/previous'

const revision = process.argv[2]
if (revision === undefined) throw new Error('which revision? npm run keep-release -- v0.1.0')
const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
const commit = git('rev-parse', `${revision}^{commit}`)

const directory = mkdtempSync(join(tmpdir(), 'tourbillon-release-'))
try {
  execFileSync('tar', ['-x', '-C', directory], {
    input: execFileSync('git', ['archive', commit], { maxBuffer: 2 ** 28 }),
  })
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'))
  const { version } = JSON.parse(git('show', `${commit}:package.json`)) as { version: string }
  await build({
    absWorkingDir: directory,
    stdin: {
      contents: [
        ...['rotate', 'rotate-now', 'audit', 'observe'].map(
          (name) => `export { handler as ${name.replace('-n', 'N')} } from './handlers/${name}.ts'`,
        ),
        "export { recordsIn } from './src/runtime/records.ts'",
        "export { logOutput } from './src/runtime/logger.ts'",
      ].join('\n'),
      resolveDir: directory,
    },
    outfile: resolve(OUT, 'handlers.mjs'),
    ...{
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minify: true,
    },
  })
  await build({
    absWorkingDir: directory,
    stdin: {
      contents: `export { parseConfig } from './src/config/load.ts'
export { rotationIdOf } from './src/model/identity.ts'`,
      resolveDir: directory,
    },
    outfile: resolve(OUT, 'config.mjs'),
    ...{
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minify: true,
    },
  })
  writeFileSync(join(OUT, 'release.json'), `${JSON.stringify({ version, commit }, null, 2)}\n`)
  console.log(`${OUT}: ${version}, ${commit}`)
} finally {
  rmSync(directory, { recursive: true })
}
