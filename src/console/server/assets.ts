import { join } from 'node:path'

/** What the page is made of, by its path: the same for everybody, with no data in it. */
export type Assets = Map<string, { type: string; content: string }>

/** Bundled as text: no module of the server's imports one of the page's. */
const PAGE = join(import.meta.dirname, '../page')

/**
 * Bundles the page, in memory. esbuild is loaded for this alone, and leaves no process behind.
 *
 * @throws Error where the page cannot be built: its message says where.
 */
export async function buildAssets(): Promise<Assets> {
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
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return new Map([
    ['/page.js', { type: 'text/javascript; charset=utf-8', content: textOf('.js') }],
    ['/page.css', { type: 'text/css; charset=utf-8', content: textOf('.css') }],
    ['/favicon.svg', { type: 'image/svg+xml', content: FAVICON }],
  ])
}

/** A cage that turns about its centre. */
const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#b7791f" stroke-width="3" stroke-linecap="round">
<path d="M27 11a12 12 0 1 0 0 10"/><path d="M16 16 27 11M16 16 5 11M16 16v12"/><circle cx="16" cy="16" r="3" fill="#b7791f"/>
</svg>
`
