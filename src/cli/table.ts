import { oneLine } from '../model/text.ts'
import { betweenColors, withoutColors } from './colors.ts'

/** Rows as aligned columns, two spaces apart, the header first; a cell keeps its colour codes out of the width. */
export function table(header: string[], rows: string[][]): string {
  return `${columnsOf([header, ...rows]).join('\n')}\n`
}

/** As `table`, without a header: one line a row. */
export function columnsOf(cells: string[][]): string[] {
  const rows = cells.map((row) => row.map((cell) => betweenColors(cell, oneLine)))
  const width = (text: string) => [...withoutColors(text)].length
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd(),
  )
}
