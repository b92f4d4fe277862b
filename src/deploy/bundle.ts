import { basename } from 'node:path'
import { build } from 'esbuild'
import type { Config } from '../config/config.ts'
import { type ZipEntry, zip } from './zip.ts'

export type Bundle = {
  archive: Buffer
  /** Bytes of the code alone, uncompressed. */
  codeBytes: number
  /** Paths of the modules inside, as esbuild names them. */
  modules: string[]
}

/** What no handler needs: the config arrives compiled and validated. Their presence is a mistake in an import. */
const UNWANTED = /node_modules\/(yaml|zod|fastest-levenshtein)\//

/**
 * Bundles one handler into a deployment package: `index.mjs`, its source map, and the compiled config beside them.
 * The AWS SDK is bundled too: the version that was tested is the version that runs, and it loads faster.
 *
 * @param handler path of the handler's TypeScript
 * @throws Error where the bundle holds what belongs to package time
 */
export async function bundle(handler: string, config: Config): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [handler],
    outfile: 'index.mjs',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: REQUIRE },
    logLevel: 'silent',
  })
  const modules = Object.keys(metafile.inputs)
  const unwanted = modules.find((module) => UNWANTED.test(module))
  if (unwanted !== undefined) {
    throw new Error(`${handler} brings ${unwanted} into its bundle: handlers get the config compiled`)
  }
  const files: ZipEntry[] = outputFiles.map(({ path, contents }) => ({
    path: basename(path),
    content: contents,
  }))
  const code = files.find(({ path }) => path === 'index.mjs')
  return {
    archive: zip([...files, { path: 'config.json', content: Buffer.from(`${JSON.stringify(config)}\n`) }]),
    codeBytes: code?.content.length ?? 0,
    modules,
  }
}

/** Some packages are CommonJS and call `require` for Node's own modules, which an ES module does not have. */
const REQUIRE =
  "import{createRequire as tourbillonRequire}from'node:module';const require=tourbillonRequire(import.meta.url);"
