import { basename, extname, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import type { Config } from '../config/config.ts'
import { type ZipEntry, zip } from './zip.ts'

export type Bundle = {
  archive: Buffer
  /** Bytes of code that every cold start loads, uncompressed. */
  startBytes: number
  /** Paths of the modules inside, as esbuild names them. */
  modules: string[]
}

/** What no handler needs: the config arrives compiled and validated. Their presence is a mistake in an import. */
const UNWANTED = /node_modules\/(yaml|zod)\//

/** The file of one of our own handlers: TypeScript in the checkout, what it was built to in the package. */
export function handlerFile(name: string): string {
  return join(import.meta.dirname, '../../handlers', `${name}${extname(import.meta.filename)}`)
}

/** The throw-away functions of `verify`, in one file without a config. Not minified: names of errors are what is measured. */
export async function bundleVerify(): Promise<Buffer> {
  const entry = join(import.meta.dirname, `../verify/functions/index${extname(import.meta.filename)}`)
  const { files } = await compile(entry, { splitting: false, sourcemap: false, minify: false })
  return zip(files)
}

/**
 * Bundles one handler into a deployment package: `index.mjs`, chunks that load when they are needed (a client that most
 * configs never use, credentials other than Lambda's), source maps, and the compiled config beside them. The AWS SDK is
 * bundled too: the version that was tested is the version that runs, and it loads faster.
 *
 * @param handler path of the handler's module
 * @throws Error where the bundle holds what belongs to package time
 */
export async function bundle(handler: string, config: Config): Promise<Bundle> {
  const { files, modules, outputs } = await compile(handler, {
    splitting: true,
    sourcemap: 'linked',
    minify: true,
  })
  return {
    archive: zip([...files, { path: 'config.json', content: Buffer.from(`${JSON.stringify(config)}\n`) }]),
    startBytes: bytesAtStart(outputs),
    modules,
  }
}

type Compiled = { files: ZipEntry[]; modules: string[]; outputs: Metafile['outputs'] }

async function compile(
  entry: string,
  { minify, ...options }: { splitting: boolean; sourcemap: 'linked' | false; minify: boolean },
): Promise<Compiled> {
  const { outputFiles, metafile } = await build({
    entryPoints: { index: entry },
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    ...options,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify,
    sourcesContent: false,
    banner: { js: REQUIRE },
    logLevel: 'silent',
  })
  const modules = Object.keys(metafile.inputs)
  const unwanted = modules.find((module) => UNWANTED.test(module))
  if (unwanted !== undefined) {
    throw new Error(`${entry} brings ${unwanted} into its bundle: handlers get the config compiled`)
  }
  const files: ZipEntry[] = outputFiles
    .map(({ path, contents }) => ({ path: basename(path), content: contents }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return { files, modules, outputs: metafile.outputs }
}

/** Only part of esbuild's names for what it makes: nothing is written. */
const OUT = 'bundle'

/** The entry, and what it imports before it runs. */
function bytesAtStart(outputs: Metafile['outputs']): number {
  const loaded = new Set<string>()
  const load = (path: string) => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[imported] !== undefined) load(imported)
    }
  }
  load(`${OUT}/index.mjs`)
  return [...loaded].reduce((bytes, path) => bytes + (outputs[path]?.bytes ?? 0), 0)
}

/** Some packages are CommonJS and call `require` for Node's own modules, which an ES module does not have. */
const REQUIRE =
  "import{createRequire as tourbillonRequire}from'node:module';const require=tourbillonRequire(import.meta.url);"
