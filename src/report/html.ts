import { harmless } from '../model/text.ts'
import { type Cell, type Document, type Section, type Table, textOf } from './document.ts'

/**
 * One page that needs nothing else: no script, nothing from anywhere, and a policy in it that forbids both. Light, on
 * screen as on paper: it is made to be printed, kept and shown.
 */
export function toHtml({ title, facts, sections }: Document): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<dl>
${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('\n')}
</dl>
</header>
${sections.map(sectionOf).join('\n')}
</body>
</html>
`
}

function sectionOf({ title, paragraphs = [], bullets = [], table }: Section): string {
  return [
    '<section>',
    `<h2>${escaped(title)}</h2>`,
    ...paragraphs.map((text) => `<p>${escaped(text)}</p>`),
    ...(bullets.length > 0
      ? [`<ul>\n${bullets.map((text) => `<li>${escaped(text)}</li>`).join('\n')}\n</ul>`]
      : []),
    ...(table ? [tableOf(table)] : []),
    '</section>',
  ].join('\n')
}

function tableOf({ header, figures = [], instants = [], rows }: Table): string {
  const classOf = (column: number, cell: Cell) =>
    [
      figures.includes(column) && 'figure',
      instants.includes(column) && 'instant',
      typeof cell !== 'string' && cell.tone,
    ]
      .filter(Boolean)
      .join(' ')
  const cellOf = (name: 'th' | 'td') => (cell: Cell, column: number) => {
    const kind = classOf(column, cell)
    return `<${name}${kind && ` class="${kind}"`}>${escaped(textOf(cell))}</${name}>`
  }
  const lineOf = (name: 'th' | 'td', row: Cell[]) => `<tr>${row.map(cellOf(name)).join('')}</tr>`
  const isPairs = header.every((name) => name === '')
  return [
    `<div class="table"><table${isPairs ? ' class="pairs"' : ''}>`,
    ...(isPairs ? [] : [`<thead>${lineOf('th', header)}</thead>`]),
    `<tbody>\n${rows.map((row) => lineOf('td', row)).join('\n')}\n</tbody>`,
    '</table></div>',
  ].join('\n')
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** As text of an element, or a value in quotes. */
export function escaped(text: string): string {
  return harmless(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

const STYLE = `
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; color: #1b1f24; background: #fff;
  max-width: 1120px; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 .75rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 2px solid #1b1f24; break-after: avoid; }
p, ul { max-width: 76ch; margin: .4rem 0 .8rem; }
ul { padding-left: 1.2rem; }
li { margin: .25rem 0; }
dl { margin: 0; }
dl div { display: flex; gap: .75rem; padding: .1rem 0; }
dt { color: #57606a; flex: 0 0 5rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #d0d7de; overflow-wrap: break-word; }
th { color: #57606a; font-weight: 600; border-bottom: 1px solid #1b1f24; white-space: nowrap; }
.pairs { width: auto; min-width: 34rem; }
.instant { white-space: nowrap; font-variant-numeric: tabular-nums; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bad { color: #b3261e; font-weight: 600; }
.quiet { color: #57606a; }
@page { size: A4 landscape; margin: 14mm; }
@media print {
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  table { font-size: 8.5pt; }
  h2 + p { break-after: avoid; }
  thead { display: table-header-group; }
  tr, li { break-inside: avoid; }
  .table { overflow: visible; }
}
`
