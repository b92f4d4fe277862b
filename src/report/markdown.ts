import { oneLine } from '../model/text.ts'
import { type Document, type Table, textOf } from './document.ts'

/** GitHub's Markdown; whatever people have written shows as they wrote it. */
export function toMarkdown({ title, facts, sections }: Document): string {
  const parts = [
    `# ${escapeMarkdown(title)}`,
    tableOf({ header: ['', ''], rows: facts.map(([name, value]) => [name, value]) }),
    ...sections.flatMap(({ title, paragraphs = [], bullets = [], table }) => [
      `## ${escapeMarkdown(title)}`,
      ...paragraphs.map(escapeMarkdown),
      ...(bullets.length > 0 ? [bullets.map((text) => `- ${escapeMarkdown(text)}`).join('\n')] : []),
      ...(table ? [tableOf(table)] : []),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

function tableOf({ header, figures = [], rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [
    line(header.map(escapeMarkdown)),
    line(header.map((_, column) => (figures.includes(column) ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => escapeMarkdown(textOf(cell))))),
  ].join('\n')
}

/** What Markdown or the HTML within it would take for its own is told not to. */
function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/^[#+-]/, '\\$&')
      // A backslash counts before a sign alone: `1\. one` is no list, and `97.5 %` needs none.
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
  )
}
