import { harmless } from '../model/text.ts'
import { betweenColors } from './colors.ts'
import type { Screen } from './command.ts'
import { cut } from './layout.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/**
 * The terminal's alternate screen, so that what stood there comes back. A frame is written over the last one, line by
 * line, in one write: nothing is blanked first, so nothing flickers.
 */
export function openScreen(stdout: NodeJS.WriteStream): Screen {
  const interrupted = new AbortController()
  const onSignal = () => interrupted.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  const leave = () => void stdout.write(LEAVE)
  process.once('exit', leave)
  stdout.write(ENTER)
  return {
    signal: interrupted.signal,
    draw(frame) {
      const { columns = 80, rows = 24 } = stdout
      stdout.write(
        HOME +
          fitted(frame, { columns, rows })
            .map((line) => line + CLEAR_LINE)
            .join('\r\n') +
          CLEAR_BELOW,
      )
    },
    close() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
      process.off('exit', leave)
      leave()
    },
  }
}

/** What fits on the screen: longer lines are cut, since they would wrap; of too many, the last one says how many. */
export function fitted(frame: string, { columns, rows }: { columns: number; rows: number }): string[] {
  const lines = betweenColors(frame, harmless).trimEnd().split('\n')
  const shown =
    lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`]
  return shown.map((line) => cut(line, columns))
}
