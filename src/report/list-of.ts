import type { Section, Table } from './document.ts'
import type { Listed } from './summary.ts'

/** A section's table, or a word where there is nothing, or a note where there is more than is listed. */
export function listOf<T>(listed: Listed<T>, table: Table, none: string): Partial<Section> {
  if (listed.count === 0) return { paragraphs: [none] }
  const more = listed.count - listed.items.length
  return more > 0
    ? {
        paragraphs: [`The first ${listed.items.length}; ${more} more are in the CSV of the same period.`],
        table,
      }
    : { table }
}
