/** A report as its renderings see it: plain text in sections and tables, no markup. */
export type Document = {
  title: string
  /** Beneath the title: what, until when, by whom. */
  facts: [name: string, value: string][]
  sections: Section[]
}

export type Section = {
  title: string
  paragraphs?: string[]
  bullets?: string[]
  table?: Table
}

export type Table = {
  /** All empty: names and values, side by side. */
  header: string[]
  /** Columns of instants, which do not break. */
  instants?: number[]
  /** Columns of figures, aligned to the right. */
  figures?: number[]
  rows: Cell[][]
}

/** `bad` is what a reader looks for first. */
export type Cell = string | { text: string; tone: 'bad' | 'quiet' }

export function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
