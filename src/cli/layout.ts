import stringWidth from 'string-width'
import { oneLine } from '../model/text.ts'
import { betweenColors } from './colors.ts'

/**
 * Text in columns and lines of a terminal. Width is counted in its columns: East Asian characters and emoji take two,
 * marks that combine and colours none.
 */

/** Rows as aligned columns, two spaces apart, the header first; of at most so many columns of the terminal. */
export function table(header: string[], rows: string[][], columns: number): string {
  return `${rowsOf([header, ...rows], columns)
    .flat()
    .join('\n')}\n`
}

/** As `table`, without a header. */
export function columnsOf(cells: string[][], columns: number): string[] {
  return rowsOf(cells, columns).flat()
}

const GAP = 2
/** Of the lines that go on with a row. */
const INDENT = 4

/**
 * The lines of each row. No cell is cut: where a row is wider than the terminal, its last columns stand beneath the first
 * ones, in every row alike, and what is wider than a line by itself goes on in the next.
 */
export function rowsOf(cells: string[][], columns: number): string[][] {
  const rows = cells.map((row) =>
    row.map((cell) => {
      const text = betweenColors(cell, oneLine)
      return { text, width: stringWidth(text) }
    }),
  )
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, { width }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width)
  }
  const lines = linesOf(widths, columns)
  return rows.map((row) =>
    lines.flatMap(({ from, to }, index) => {
      const line = row
        .slice(from, to)
        .map(({ text, width }, it) => text + ' '.repeat((widths[from + it] ?? width) - width))
        .join(' '.repeat(GAP))
        .trimEnd()
      if (index > 0 && line === '') return []
      const indent = index === 0 ? 0 : INDENT
      return stringWidth(line) + indent > columns && to === from + 1
        ? indented(line, indent, columns)
        : [' '.repeat(indent) + line]
    }),
  )
}

/** Which columns stand in which line of a row. */
function linesOf(widths: number[], columns: number): { from: number; to: number }[] {
  const lines = [{ from: 0, to: 0 }]
  let used = 0
  for (const [column, width] of widths.entries()) {
    const last = lines.at(-1)
    if (last && (last.to === last.from || used + GAP + width <= columns)) {
      used = last.to === last.from ? used + width : used + GAP + width
      last.to = column + 1
    } else {
      lines.push({ from: column, to: column + 1 })
      used = INDENT + width
    }
  }
  return lines
}

const WORD = /(?:`[^`]*`|\S)+/g

/**
 * A text as lines of at most `columns`, each indented; a word that is longer than that stays whole, to be copied, and so
 * does a command between backticks.
 */
export function indented(text: string, indent: number, columns: number): string[] {
  const room = Math.max(20, columns - indent)
  const lines: string[] = []
  let [line, width] = ['', 0]
  for (const word of text.match(WORD) ?? []) {
    const more = stringWidth(word)
    if (line !== '' && width + 1 + more > room) {
      lines.push(line)
      ;[line, width] = [word, more]
    } else {
      ;[line, width] = line === '' ? [word, more] : [`${line} ${word}`, width + 1 + more]
    }
  }
  return [...lines, line].map((it) => ' '.repeat(indent) + it)
}

/** A label, and beside it a text in lines of its own. `change`: what is done to each piece of the text. */
export function labelled(
  label: string,
  text: string,
  columns: number,
  change = (line: string) => line,
): string[] {
  const indent = stringWidth(label)
  return indented(text, indent, columns).map(
    (line, index) => (index === 0 ? label : ' '.repeat(indent)) + change(line.slice(indent)),
  )
}

/** A line that would wrap is cut; its colours stay. */
export function cut(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line
  let room = columns - 1
  return betweenColors(line, (text) => {
    let shown = ''
    for (const { segment } of new Intl.Segmenter().segment(text)) {
      if (room < 0) break
      room -= stringWidth(segment)
      shown += room < 0 ? '…' : segment
    }
    return shown
  })
}
