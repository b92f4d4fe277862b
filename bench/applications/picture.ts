import type { Kind } from './apps.ts'
import { rowsOf } from './judge.ts'
import { type Figures, type Rotated, USERS, type Users } from './world.ts'

/** The picture of docs/handover.md, drawn from what was measured: time along, an application a row. */

export const LABELS: Record<Kind, string> = {
  'for ever': 'reads it once, at start',
  cached: 'caches it',
  retries: 'refused: reads anew, tries once more',
  'backs off': 'refused: goes on trying',
  restarted: 'restarted by handover',
  told: 'told by handover',
}

const HEADINGS: Record<Users, string> = {
  single: 'One user',
  alternating: 'Two users take turns',
}

const WIDTH = 720
const SIDE = 12
const ROW = 48
const TRACK = { top: 26, height: 16 }

/** Light, dark, wide and narrow are the viewer's. */
const STYLE = `
  text { font: 15px system-ui, sans-serif; fill: #1f2328 }
  .h { font-weight: 600; font-size: 18px }
  .n, .t { fill: #59636e }
  .n { text-anchor: end }
  .t { font-size: 13px }
  .bg { fill: #ffffff }
  .track { fill: #eff2f5 }
  .gap { fill: #d4a72c; fill-opacity: .45 }
  .failed { fill: #cf222e }
  @media (max-width: 520px) { text { font-size: 22px } .h { font-size: 25px } .t { font-size: 19px } }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .n, .t { fill: #9198a1 } .bg { fill: #0d1117 } .track { fill: #1c2128 }
    .gap { fill: #d29922; fill-opacity: .5 } .failed { fill: #ff7b72 }
  }
`

export function picture(figures: Figures): string {
  const { began, ended, rotations } = figures
  const whole = { from: began, to: ended }
  const closeUp = rotationToShow(figures)
  const near = { from: closeUp.gap.from - 1_500, to: closeUp.gap.to + 6_500 }
  const parts: string[] = []
  let y = 44
  parts.push(legend())
  for (const users of USERS) {
    parts.push(panel(HEADINGS[users], users, whole, figures, y, 0))
    y += heightOf()
  }
  parts.push(axis(whole, y, 120_000, (ms) => `${ms / 60_000} min`))
  y += 40
  parts.push(panel('One user, a rotation close up', 'single', near, figures, y, 2))
  y += heightOf()
  parts.push(axis({ ...near, zero: closeUp.gap.from }, y, 1_000, (ms) => `${ms / 1_000} s`))
  y += 40
  const count = rotations.filter(({ users }) => users === 'single').length
  const title = `Failed queries of twelve applications through ${count} rotations of each kind`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${title}">
<title>${title}</title>
<style>${STYLE}</style>
<rect class="bg" width="${WIDTH}" height="${y}"/>
${parts.join('\n')}
</svg>
`
}

/** A wide gap is seen best; the others of that rotation stand in the first panel. */
function rotationToShow({ rotations }: Figures): Rotated {
  const [first, ...rest] = rotations.filter(({ users }) => users === 'single')
  if (first === undefined) throw new Error('nothing was rotated')
  const lengthOf = ({ gap }: Rotated) => gap.to - gap.from
  const near = (it: Rotated) => Math.abs(lengthOf(it) - 2_500)
  return rest.reduce((best, it) => (near(it) < near(best) ? it : best), first)
}

function legend(): string {
  return [
    `<rect class="gap" x="${SIDE}" y="14" width="16" height="16"/>`,
    `<text x="${SIDE + 24}" y="28">from setSecret to AWSCURRENT</text>`,
    '<rect class="failed" x="430" y="14" width="3" height="16"/>',
    '<text x="442" y="28">a query that failed</text>',
  ].join('\n')
}

const HEAD = 36

function heightOf(): number {
  return HEAD + 6 * ROW + 8
}

type Span = { from: number; to: number }

function panel(
  heading: string,
  users: Users,
  span: Span,
  figures: Figures,
  y: number,
  least: number,
): string {
  const x = scale(span)
  const rows = rowsOf(figures).filter((it) => it.users === users)
  const gaps = figures.rotations
    .filter((it) => it.users === users && it.gap.to > span.from && it.gap.from < span.to)
    .map(({ gap }) => ({ left: x(gap.from), right: Math.max(x(gap.to), x(gap.from) + 1) }))
  const drawn = rows.map((row, index) => {
    const top = y + HEAD + index * ROW
    const { failures } = figures.apps.find((it) => it.users === users && it.kind === row.kind)?.counted ?? {
      failures: [],
    }
    const seen = failures.filter(({ began }) => began >= span.from && began <= span.to)
    const said = least > 0 ? `${seen.length} failed` : `${row.failed} of ${row.total} failed`
    return [
      `<text x="${SIDE}" y="${top + 19}">${LABELS[row.kind]}</text>`,
      `<text class="n" x="${WIDTH - SIDE}" y="${top + 19}">${said}</text>`,
      rectangle('track', SIDE, WIDTH - SIDE, top + TRACK.top),
      ...gaps.map(({ left, right }) => rectangle('gap', left, right, top + TRACK.top)),
      marks(
        seen.map(({ began }) => x(began)),
        least || 1,
        top + TRACK.top,
      ),
    ].join('\n')
  })
  return [`<text class="h" x="${SIDE}" y="${y + 24}">${heading}</text>`, ...drawn].join('\n')
}

function scale({ from, to }: Span): (at: number) => number {
  return (at) => {
    const share = Math.min(1, Math.max(0, (at - from) / (to - from)))
    return Math.round((SIDE + share * (WIDTH - 2 * SIDE)) * 10) / 10
  }
}

function rectangle(name: string, left: number, right: number, top: number): string {
  const width = Math.round((right - left) * 10) / 10
  return `<rect class="${name}" x="${left}" y="${top}" width="${width}" height="${TRACK.height}"/>`
}

/** What touches is one: a picture of thousands stays small. */
function marks(all: number[], width: number, top: number): string {
  const runs: [number, number][] = []
  for (const left of all.toSorted((a, b) => a - b)) {
    const last = runs.at(-1)
    if (last && left <= last[1] + 0.2) last[1] = Math.max(last[1], left + width)
    else runs.push([left, left + width])
  }
  if (runs.length === 0) return ''
  const path = runs.map(
    ([left, right]) => `M${left} ${top}h${round(right - left)}v${TRACK.height}h${round(left - right)}z`,
  )
  return `<path class="failed" d="${path.join('')}"/>`
}

const round = (value: number) => Math.round(value * 10) / 10

/** `zero`: where it counts from, epoch ms. Every `every` ms a word, fewer where they would touch. */
function axis(
  span: Span & { zero?: number },
  y: number,
  every: number,
  word: (ms: number) => string,
): string {
  const x = scale(span)
  const zero = span.zero ?? span.from
  const step = every * Math.max(1, Math.ceil((span.to - span.from) / every / 8))
  const words: string[] = []
  for (let at = zero; at === zero || at <= span.to - step / 4; at += step)
    words.push(`<text class="t" x="${x(at)}" y="${y + 12}">${word(at - zero)}</text>`)
  return words.join('\n')
}
