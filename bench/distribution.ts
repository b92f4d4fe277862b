import { cpus } from 'node:os'

export type Distribution = { count: number; min: number; p50: number; p99: number; max: number }

/** By nearest rank: with fewer than a hundred values, p99 is the largest. NaN where there are none. */
export function distribution(values: number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
  return { count: sorted.length, min: rank(0), p50: rank(0.5), p99: rank(0.99), max: rank(1) }
}

/** What has `HEADER`'s columns: `unit` writes a figure. */
export function figures(
  { count, min, p50, p99, max }: Distribution,
  unit: (value: number) => string,
): string[] {
  return [String(count), ...[min, p50, p99, max].map(unit)]
}

export const HEADER = ['n', 'min', 'p50', 'p99', 'max']

/** Milliseconds, from 10 s on as seconds, from 10 minutes on as minutes. */
export function time(ms: number): string {
  if (Number.isNaN(ms)) return '–'
  if (Math.abs(ms) >= 600_000) return `${(ms / 60_000).toFixed(1)} min`
  return Math.abs(ms) >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms)} ms`
}

/** Rows as columns: the first one leads from the left, figures stand at the right. */
export function aligned(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ')).join('\n')
}

/** What a figure depends on. */
export function machine(): string {
  const [{ model = 'unknown' } = {}] = cpus()
  return `${new Date().toISOString().slice(0, 16)}Z, Node ${process.version}, ${cpus().length} cores, ${model}`
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`
}

export function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`
}

/** What `work` takes: the median of several times, ms. */
export function medianTime(work: () => unknown): number {
  return median(
    Array.from({ length: 7 }, () => {
      const began = performance.now()
      work()
      return performance.now() - began
    }),
  )
}
