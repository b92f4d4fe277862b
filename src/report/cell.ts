import type { Cell } from './document.ts'

export function bad(text: string): Cell {
  return { text, tone: 'bad' }
}

/** `2026-11-24 03:00` of an instant, UTC. */
export function minute(instant: number | string): string {
  return new Date(instant).toISOString().slice(0, 16).replace('T', ' ')
}

/** The same with seconds. */
export function seconds(instant: string): string {
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ')
}
