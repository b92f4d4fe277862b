import { wallClock } from '../calendar/wall-clock.ts'
import type { StageOption } from '../model/pasteable.ts'
import { adviceOn } from '../model/reasons.ts'
import type { Rotation, Status } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
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

/** Rotations as a table, each with the beginning of its id that tells it from the others. `zone`: also by this clock. */
export function rotationTable(
  rotations: Rotation[],
  terminal: Pick<Terminal, 'color' | 'columns'>,
  zone?: string,
): string {
  const idLength = uniqueLength(rotations.map(({ rotationId }) => rotationId))
  const header = [
    ...['ID', ...(zone === undefined ? [] : [`SCHEDULED (${zone})`]), 'SCHEDULED (UTC)', 'SECRET', 'STATUS'],
    ...['SCHEDULE', 'TRIGGER', 'SKEW', 'TOOK'],
  ]
  const rows = rotations.map((it) => [
    it.rotationId.slice(0, idLength),
    ...(zone === undefined ? [] : [localSecond(it.scheduledAt, zone)]),
    `${it.scheduledAt.slice(0, 19)}Z`,
    it.secretName,
    paintedStatus(it.status, terminal) + (it.reason === undefined ? '' : ` ${it.reason}`),
    ...[it.schedule, it.trigger],
    ...[milliseconds(it.skewMs), milliseconds(it.durationMs)],
  ])
  return table(header, rows, terminal.columns)
}

/** So many characters tell these ids apart; eight at least, as there are others. */
function uniqueLength(ids: string[]): number {
  const sorted = [...new Set(ids)].sort()
  const shared = sorted.map((id, index) => {
    const after = sorted[index + 1] ?? ''
    let length = 0
    while (length < id.length && id[length] === after[length]) length++
    return length
  })
  return Math.max(8, ...shared.map((length) => length + 1))
}

/** `2026-11-28 08:54:34`. */
function localSecond(instant: string, zone: string): string {
  const at = Date.parse(instant)
  return iso(at + wallClock(zone).offsetAt(at))
    .slice(0, 19)
    .replace('T', ' ')
}

/** `secret: message` and the remedy, for each rotation that carries a reason. */
export function explanations(rotations: Rotation[], stage: StageOption): string {
  return rotations
    .filter(({ reason }) => reason !== undefined)
    .map(({ secretName, message = '', reason, schedule, secret }) => {
      const { remedy = '' } = adviceOn(reason, { stage, schedule, secret }) ?? {}
      return `${secretName}: ${oneLine(message)}\n    hint: ${remedy}\n`
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
