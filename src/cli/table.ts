/** Rows as aligned columns, two spaces apart, the header first; a cell keeps its colour codes out of the width. */
export function table(header: string[], rows: string[][]): string {
  const width = (text: string) => [...text.replace(ANSI, '')].length
  const widths = header.map((name, column) =>
    Math.max(width(name), ...rows.map((row) => width(row[column] ?? ''))),
  )
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd()
  return `${[header, ...rows].map(line).join('\n')}\n`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour code starts with.
const ANSI = /\u001b\[[0-9;]*m/g
