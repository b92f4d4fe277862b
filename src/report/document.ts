import { iso } from '../model/time.ts'

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

export function bad(text: string): Cell {
  return { text, tone: 'bad' }
}

/** `2026-11-24 03:00` of an instant, UTC. */
export function minute(instant: number | string): string {
  return iso(new Date(instant)).slice(0, 16).replace('T', ' ')
}

/** The same with seconds. */
export function seconds(instant: string): string {
  return iso(new Date(instant)).slice(0, 19).replace('T', ' ')
}

/** Some of what there is, and how many there are. */
export type Listed<T> = { items: T[]; count: number }

/** A section's table, or a word where there is nothing, or a note where there is more than is listed. */
export function listOf<T>(listed: Listed<T>, table: Table, none: string): Partial<Section> {
  if (listed.count === 0) return { paragraphs: [none] }
  const more = listed.count - listed.items.length
  if (more === 0) return { table }
  const note = `The first ${listed.items.length}; ${more} more are in the CSV of the same period.`
  return { paragraphs: [note], table }
}
