import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { bad, minute, seconds } from './cell.ts'
import { noRecordText } from './csv.ts'
import type { Cell, Section } from './document.ts'
import type { Line } from './evidence.ts'
import type { Placement } from './holds.ts'
import { listOf } from './list-of.ts'
import type { Listed } from './summary.ts'

export function notKeptSection(notKept: Listed<Line>): Section {
  return {
    title: 'Not kept',
    ...listOf(
      notKept,
      linesTable(notKept.items),
      'Nothing: every rotation that was due and not left out by rule was kept.',
    ),
  }
}

export function leftOutSection(leftOut: Listed<Line>): Section {
  return { title: 'Left out by rule', ...listOf(leftOut, linesTable(leftOut.items), 'None.') }
}

function linesTable(lines: Line[]) {
  const rows = [...lines]
    .sort((a, b) => (dueAt(a) < dueAt(b) ? -1 : 1))
    .map((line): Cell[] => {
      if ('unrecorded' in line) {
        const { schedule, secretName } = line.unrecorded
        const secret = secretName ?? 'chosen by its selector'
        return [seconds(dueAt(line)), secret, schedule, bad('NO RECORD'), noRecordText(line.unrecorded)]
      }
      const { rotation: it } = line
      return [seconds(dueAt(line)), it.secretName, it.schedule, statusCell(it), observed(it)]
    })
  return { header: ['Due (UTC)', 'Secret', 'Schedule', 'Outcome', 'What was observed'], instants: [0], rows }
}

export function onDemandSection(onDemand: Listed<Rotation>): Section {
  const rows = onDemand.items.map((it): Cell[] => [
    seconds(it.scheduledAt),
    it.secretName,
    statusCell(it),
    it.requester ?? '–',
    it.requestReason ?? { text: 'none given', tone: 'bad' },
    it.override === undefined ? '–' : bad(it.override),
  ])
  return {
    title: 'Rotations on demand',
    ...listOf(
      onDemand,
      {
        header: ['For (UTC)', 'Secret', 'Outcome', 'Asked by', 'Why', 'Freezes and holds overridden'],
        instants: [0],
        rows,
      },
      'None.',
    ),
  }
}

export function holdsSection(holds: Placement[]): Section {
  const rows = holds.map((it): Cell[] => [
    it.scope,
    minute(it.from),
    it.to === undefined ? bad('in force') : minute(it.to),
    it.by,
    it.releasedBy ?? '–',
    it.reason,
  ])
  const header = ['Held', 'From (UTC)', 'To (UTC)', 'By', 'Released by', 'Why']
  return {
    title: 'Holds',
    ...listOf({ items: rows, count: rows.length }, { header, instants: [1, 2], rows }, 'None.'),
  }
}

function statusCell({ status, reason, late }: Rotation): Cell {
  const text = [status, reason, late && 'late'].filter(Boolean).join(' ')
  const isBad =
    late ||
    ['FAILED', 'TIMED_OUT', 'MISSED'].includes(status) ||
    reason === 'WINDOW_CLOSED' ||
    reason === 'GATE_UNREADABLE'
  return isBad ? bad(text) : text
}

function observed({ message, requestReason, override, rotatedAt, status }: Rotation): string {
  const changed =
    status !== 'SUCCEEDED' && rotatedAt !== undefined ? `the secret did change, at ${seconds(rotatedAt)}` : ''
  return [message, requestReason, override, changed].filter(Boolean).join('; ') || '–'
}

function dueAt(line: Line): string {
  return 'rotation' in line ? line.rotation.scheduledAt : iso(line.unrecorded.at)
}
