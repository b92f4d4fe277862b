import { counted } from '../model/counts.ts'
import { documentOf } from '../rehearse/document.ts'
import { type LocatedFinding, nothingFound } from '../rehearse/markdown.ts'
import type { Rehearsal } from '../rehearse/stage.ts'
import { type Section, textOf } from '../report/document.ts'
import { paint } from './colors.ts'
import type { Terminal } from './command.ts'
import { indented, labelled, rowsOf } from './layout.ts'

/** A rehearsal for a terminal: what happens, then what is wrong, which is what the eye ends on. */
export function rehearsalText(
  rehearsal: Rehearsal,
  findings: LocatedFinding[],
  terminal: Pick<Terminal, 'columns' | 'color'>,
): string {
  const { columns } = terminal
  const { title, facts, sections } = documentOf(rehearsal)
  const bold = (text: string) => paint(1, text, terminal)
  const width = Math.max(...facts.map(([name]) => name.length)) + 2
  const lines = [
    bold(title),
    ...facts.flatMap(([name, value]) => labelled(name.padEnd(width), value, columns)),
    ...sections.flatMap((section) => ['', bold(section.title), ...sectionLines(section, terminal)]),
    '',
    bold('Findings'),
    ...(findings.length === 0
      ? [nothingFound(rehearsal.rehearsed)]
      : findings.flatMap((it) => findingText(it, columns))),
    ...(findings.length === 0 ? [] : [counted(findings.length, 'finding')]),
  ]
  return `${lines.join('\n')}\n`
}

function sectionLines(
  { paragraphs = [], bullets = [], table }: Section,
  terminal: Pick<Terminal, 'columns' | 'color'>,
): string[] {
  const { columns } = terminal
  return [
    ...paragraphs.flatMap((text) => indented(text, 0, columns)),
    ...bullets.flatMap((text) => labelled('- ', text, columns)),
    ...(table
      ? rowsOf(
          [
            table.header,
            ...table.rows.map((row) =>
              row.map((cell) =>
                typeof cell !== 'string' && cell.tone === 'bad'
                  ? paint(31, textOf(cell), terminal)
                  : textOf(cell),
              ),
            ),
          ],
          columns,
        ).flat()
      : []),
  ]
}

/** As validate tells a warning: the place first, and what to do beneath. */
function findingText(
  { name, file, line, column, path, message, hint }: LocatedFinding,
  columns: number,
): string[] {
  const [first = '', ...more] = indented(
    `${file}:${line}:${column}  ${path}: ${message} [${name}]`,
    INDENT,
    columns,
  )
  return [first.slice(INDENT), ...more, ...labelled(`${' '.repeat(INDENT)}hint: `, hint, columns)]
}

const INDENT = 4
