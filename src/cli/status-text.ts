import { OURS } from '../calendar/zone-difference.ts'
import { newsOf } from '../report/standing.ts'
import { paint } from './colors.ts'
import { dayText } from './instants.ts'
import { SECTIONS, type View } from './status-sections.ts'

/** A stage's standing for people: bad news first, and no section that has nothing to say. */
export function statusText(view: View): string {
  const sections = SECTIONS.map((section) => section(view))
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => [paint(1, title, view.style), ...lines.map((line) => `  ${line}`)].join('\n'))
  return `${[headline(view), ...sections].join('\n\n')}\n`
}

function headline({ standing, config: { stage, version }, now, style }: View): string {
  const news = newsOf(standing)
  const verdict = news.length === 0 ? paint(32, 'in order', style) : paint(31, news.join(', '), style)
  const time = dayText(Math.floor(now / 1_000) * 1_000, { year: false })
  return `${paint(1, stage, style)}  ${time} UTC, config ${version}, zone data ${OURS.release}\n${verdict}`
}
