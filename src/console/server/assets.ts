import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the page is made of, by its path: the same for everybody, with no data in it. */
export type Assets = Map<string, { type: string; content: string }>

/** Where the page is: its sources in the checkout, what they were bundled to in the package. */
const PAGE = join(import.meta.dirname, '../page')
const FILES = ['page.js', 'page.css']

/** The page. In the checkout it is bundled, in memory: esbuild is loaded for this alone, and leaves no process behind. */
export async function readAssets(): Promise<Assets> {
  const [script = '', style = ''] = import.meta.filename.endsWith('.ts')
    ? await bundlePage()
    : await Promise.all(FILES.map((file) => readFile(join(PAGE, file), 'utf8')))
  return new Map([
    ['/page.js', { type: 'text/javascript; charset=utf-8', content: script }],
    ['/page.css', { type: 'text/css; charset=utf-8', content: style }],
    ['/favicon.svg', { type: 'image/svg+xml', content: FAVICON }],
  ])
}

/** What `npm run build` leaves for the package. */
export async function writePage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const texts = await bundlePage()
  await Promise.all(FILES.map((file, index) => writeFile(join(directory, file), texts[index] ?? '')))
}

/**
 * Bundled as text: no module of the server's imports one of the page's.
 *
 * @throws Error where the page cannot be built: its message says where.
 */
async function bundlePage(): Promise<string[]> {
  const { buildSync } = await import('esbuild')
  const { outputFiles } = buildSync({
    entryPoints: { page: join(PAGE, 'main.tsx') },
    outdir: '/',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  })
  return FILES.map((file) => outputFiles.find(({ path }) => path === `/${file}`)?.text ?? '')
}

/** A cage that turns about its centre. */
const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#b7791f" stroke-width="3" stroke-linecap="round">
<path d="M27 11a12 12 0 1 0 0 10"/><path d="M16 16 27 11M16 16 5 11M16 16v12"/><circle cx="16" cy="16" r="3" fill="#b7791f"/>
</svg>
`
