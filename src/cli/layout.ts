import stringWidth from 'string-width'
import { oneLine } from '../model/text.ts'
import { betweenColors } from './colors.ts'

/**
 * Text in columns and lines of a terminal. Width is counted in its columns: East Asian characters and emoji take two,
 * marks that combine and colours none.
 */

/** Rows as aligned columns, two spaces apart, the header first. */
export function table(header: string[], rows: string[][]): string {
  return `${columnsOf([header, ...rows]).join('\n')}\n`
}

/** As `table`, without a header: one line a row. */
export function columnsOf(cells: string[][]): string[] {
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
  return rows.map((row) =>
    row
      .map(({ text, width }, column) => text + ' '.repeat((widths[column] ?? width) - width))
      .join('  ')
      .trimEnd(),
  )
}

/** A text as lines of at most `columns`, each indented; a word that is longer than that stays whole, to be copied. */
export function indented(text: string, indent: number, columns: number): string[] {
  const room = Math.max(20, columns - indent)
  const lines: string[] = []
  let [line, width] = ['', 0]
  for (const word of text.split(/\s+/)) {
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

/** `1 check`, `2 checks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
