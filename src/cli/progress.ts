import type { Progress } from '../operate/progress.ts'
import type { Terminal } from './command.ts'

/** Begins a line anew over itself. Only in front of a text, where nobody else's words can stand. */
export const REWRITE = '\r\u001b[K'

/** After how much time a person wonders, and how often the line changes. ms. */
const PATIENCE = 1_000
const EVERY = 200

/** One line on stderr that says how far long work is; on a terminal only, and not at all where it is soon done. */
export function openProgress({ errIsTTY, err, now }: Pick<Terminal, 'errIsTTY' | 'err' | 'now'>): Progress {
  const began = now()
  let next = began + PATIENCE
  let shown = false
  return {
    show(text) {
      if (!errIsTTY || now() < next) return
      next = now() + EVERY
      shown = true
      err(REWRITE + text())
    },
    end() {
      if (shown) err(REWRITE)
      shown = false
    },
  }
}
