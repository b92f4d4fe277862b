import { adviceOn } from '../model/reasons.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { paint } from './colors.ts'
import type { Terminal } from './command.ts'
import { table } from './layout.ts'

const COLOR: Partial<Record<Status, number>> = {
  ...{ SUCCEEDED: 32, FAILED: 31, TIMED_OUT: 31, MISSED: 31, SKIPPED: 33 },
}

/** A status in its colour. */
export function paintedStatus(status: Status, terminal: Pick<Terminal, 'color'>): string {
  const color = COLOR[status]
  return color === undefined ? status : paint(color, status, terminal)
}

/** Rotations as a table, and beneath it what went wrong and what to do, once per rotation. */
export function rotationTable(rotations: Rotation[], terminal: Pick<Terminal, 'color'>): string {
  const header = ['SCHEDULED (UTC)', 'SCHEDULE', 'SECRET', 'TRIGGER', 'STATUS', 'SKEW', 'TOOK']
  const rows = rotations.map((it) => [
    it.scheduledAt,
    it.schedule,
    it.secretName,
    it.trigger,
    paintedStatus(it.status, terminal) + (it.reason === undefined ? '' : ` ${it.reason}`),
    milliseconds(it.skewMs),
    milliseconds(it.durationMs),
  ])
  return table(header, rows)
}

/** `secret: message` and the remedy, for each rotation that carries a reason. */
export function explanations(rotations: Rotation[]): string {
  return rotations
    .filter(({ reason }) => reason !== undefined)
    .map(({ secretName, message = '', reason }) => {
      return `${secretName}: ${oneLine(message)}\n    hint: ${adviceOn(reason)?.remedy ?? ''}\n`
    })
    .join('')
}

/** `12 ms`, `3.4 s`, `2 m 5 s`; a dash where nothing was measured. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–'
  const [sign, ms] = [value < 0 ? '-' : '', Math.round(Math.abs(value))]
  if (ms < 1_000) return `${sign}${ms} ms`
  if (ms < 59_950) return `${sign}${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${sign}${Math.floor(seconds / 60)} m ${seconds % 60} s`
}
