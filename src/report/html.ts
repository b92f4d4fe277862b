import { html, raw } from 'hono/html'
import { harmless } from '../model/text.ts'
import { type Cell, type Document, type Section, type Table, textOf } from './document.ts'

/**
 * One page that needs nothing else: no script, nothing from anywhere, and a policy in it that forbids both. Light, on
 * screen as on paper: it is made to be printed, kept and shown.
 */
export function toHtml({ title, facts, sections }: Document): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<dl>${facts.map(([name, value]) => markup`\n<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>
</header>${sections.map(sectionOf)}
</body>
</html>
`
  return String(page)
}

/** Every text in it is escaped, and loses what would hide or reorder what stands beside it. */
function markup(parts: TemplateStringsArray, ...values: unknown[]) {
  return html(parts, ...values.map((value) => (typeof value === 'string' ? harmless(value) : value)))
}

function sectionOf({ title, paragraphs = [], bullets = [], table }: Section) {
  const items = bullets.map((text) => markup`\n<li>${text}</li>`)
  return markup`
<section>
<h2>${title}</h2>${paragraphs.map((text) => markup`\n<p>${text}</p>`)}${
    items.length > 0 && markup`\n<ul>${items}\n</ul>`
  }${table && tableOf(table)}
</section>`
}

function tableOf({ header, figures = [], instants = [], rows }: Table) {
  const classesOf = (column: number, cell: Cell) => [
    ...(figures.includes(column) ? ['figure'] : []),
    ...(instants.includes(column) ? ['instant'] : []),
    ...(typeof cell === 'string' ? [] : [cell.tone]),
  ]
  const classOf = (names: string[]) => names.length > 0 && markup` class="${names.join(' ')}"`
  const isPairs = header.every((name) => name === '')
  const head = header.map((cell, column) => markup`<th${classOf(classesOf(column, cell))}>${cell}</th>`)
  const lineOf = (row: Cell[]) =>
    row.map((cell, column) => markup`<td${classOf(classesOf(column, cell))}>${textOf(cell)}</td>`)
  return markup`
<div class="table"><table${classOf(isPairs ? ['pairs'] : [])}>${
    !isPairs && markup`\n<thead><tr>${head}</tr></thead>`
  }
<tbody>${rows.map((row) => markup`\n<tr>${lineOf(row)}</tr>`)}
</tbody>
</table></div>`
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
