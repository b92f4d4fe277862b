import { dayNumber, daysInMonth, mondayOf } from '../calendar/civil.ts'
import { formatTime } from '../calendar/format.ts'
import { type Freeze, intervalsOf } from '../calendar/freezes.ts'
import { startOfDay, type WallClock, wallClock } from '../calendar/wall-clock.ts'
import { DAY } from '../model/time.ts'
import { type Entry, isStopped, type Occurrence } from '../operate/occurrences.ts'

export type Month = { year: number; month: number }

type Grid = {
  month: Month
  /** All times and dates are shown by this clock. */
  timezone: string
  entries: Entry[]
  occurrences: Occurrence[]
  freezes: Freeze[]
  /** Epoch ms. */
  now: number
  columns: number
  color: boolean
}

/** First and last instant (exclusive) of the month by a zone's clock; a midnight that clocks skip is when they jump. */
export function monthRange({ year, month }: Month, timezone: string): { from: number; to: number } {
  return {
    from: startOfDay(dayNumber(year, month, 1), timezone),
    to: startOfDay(dayNumber(year, month + 1, 1), timezone),
  }
}

/** `a`, `b` … `z`, `aa`: what stands for a schedule in the grid. */
export function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26))
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter
}

const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
/** Most lines of a day under its number; what does not fit is counted. */
const LINES = 4

/** The month as lines of text, Monday first. */
export function drawMonth(grid: Grid): string {
  const width = Math.min(16, Math.max(9, Math.floor((grid.columns - 8) / 7)))
  const { year, month } = grid.month
  const first = dayNumber(year, month, 1)
  const length = daysInMonth(year, month)
  const before = first - mondayOf(first)
  const rule = (left: string, middle: string, right: string) =>
    `${left}${Array.from({ length: 7 }, () => '─'.repeat(width)).join(middle)}${right}\n`
  const weeks: string[] = []
  for (let start = -before; start < length; start += 7) {
    const days = Array.from({ length: 7 }, (_, i) => start + i)
    const cells = days.map((index) =>
      index >= 0 && index < length ? cellOf(grid, first + index, width) : undefined,
    )
    const height = Math.max(...cells.map((cell) => cell?.lines.length ?? 0))
    for (let line = 0; line < height; line++)
      weeks.push(
        `│${cells.map((cell) => (cell ? paint(cell, cell.lines[line] ?? '', width, grid.color) : ' '.repeat(width))).join('│')}│\n`,
      )
    if (start + 7 < length) weeks.push(rule('├', '┼', '┤'))
  }
  const names = NAMES.map((name) => ` ${name}`.padEnd(width)).join(' ')
  return ` ${names.trimEnd()}\n${rule('┌', '┬', '┐')}${weeks.join('')}${rule('└', '┴', '┘')}`
}

type Cell = { lines: string[]; frozen: boolean; today: boolean }

function cellOf(grid: Grid, day: number, width: number): Cell {
  const clock = wallClock(grid.timezone)
  const [from, to] = [startOfDay(day, grid.timezone), startOfDay(day + 1, grid.timezone)]
  const here = grid.occurrences.filter(({ at }) => at >= from && at < to)
  const texts = grid.entries.flatMap((entry, index) => {
    const own = here.filter((one) => one.entry === entry)
    return own.length === 0 ? [] : [{ at: own[0]?.at ?? 0, text: textOf(letterOf(index), own, clock, width) }]
  })
  const planned = here.filter((one) => one.planned)
  if (planned.length > 0) texts.push({ at: planned[0]?.at ?? 0, text: textOf('*', planned, clock, width) })
  const lines = texts.sort((a, b) => a.at - b.at).map(({ text }) => text.slice(0, width))
  const shown =
    lines.length > LINES ? [...lines.slice(0, LINES - 1), ` +${lines.length - LINES + 1} more`] : lines
  const number = `${new Date(day * DAY).getUTCDate()}`.padStart(2)
  const today = grid.now >= from && grid.now < to
  const frozen = from < to && grid.freezes.some((freeze) => intervalsOf(freeze, from, to).length > 0)
  return { lines: [today ? `${number} ◂` : `${number}`, ...shown], frozen, today }
}

/** ` a 03:00`; ` a 08:00 ×40`, or ` a ×40` where room is short; in brackets where all of them are stopped. */
function textOf(letter: string, own: Occurrence[], clock: WallClock, width: number): string {
  const at = own[0]?.at ?? 0
  const time = formatTime(at + clock.offsetAt(at)).slice(0, 5)
  const stopped = own.every(isStopped)
  const [open, close] = stopped ? ['(', ')'] : [' ', '']
  const several = own.length > 1 ? ` ×${own.length}` : ''
  const whole = `${open}${letter} ${time}${several}${close}`
  return whole.length <= width ? whole : `${open}${letter}${several}${close}`
}

/** Frozen days are shaded: by background where there is colour, by filling the blanks where there is none. */
function paint({ frozen, today }: Cell, line: string, width: number, color: boolean): string {
  if (!color)
    return frozen ? `${line}${line === '' ? '' : ' '}`.padEnd(width, '░').slice(0, width) : line.padEnd(width)
  const padded = line.padEnd(width)
  const bold = today ? `\u001b[1m${padded}\u001b[22m` : padded
  return frozen ? shaded(bold) : bold
}

/** White on dark grey: readable whatever the terminal's own colours. */
export function shaded(text: string): string {
  return `\u001b[38;5;255;48;5;238m${text}\u001b[39;49m`
}
