import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../cli/command.ts'

/** Tells the story: to people on stdout, or on stderr where stdout is for one JSON object. */
export type Narrator = {
  heading(text: string): void
  line(text: string): void
  /** A claim that was checked. */
  proof(text: string): void
  /** Counts down to an instant (epoch ms): live on a terminal, one line elsewhere. */
  countdown(what: string, instant: number, signal: AbortSignal): Promise<void>
}

export function narrator(terminal: Terminal, json: boolean): Narrator {
  const write = json ? terminal.err : terminal.out
  const live = terminal.isTTY && !json
  const style = (code: string, text: string) =>
    terminal.color && !json ? `\u001b[${code}m${text}\u001b[0m` : text
  return {
    heading: (text) => write(`\n${style('1', text)}\n`),
    line: (text) => write(`  ${text}\n`),
    proof: (text) => write(`  ${style('32', '✓')} ${text}\n`),
    async countdown(what, instant, signal) {
      if (!live) write(`  ${what} in ${seconds(instant - terminal.now())} s\n`)
      // A line that wraps cannot be written over.
      const label = what.slice(0, Math.max(0, terminal.columns - ' in 999.9 s  '.length - 2))
      for (let left = instant - terminal.now(); left > 0; left = instant - terminal.now()) {
        if (live) write(`\r  ${label} in ${style('1', seconds(left))} s \u001b[K`)
        await sleep(Math.min(left, 100), undefined, { signal })
      }
      if (live) write('\r\u001b[K')
    },
  }
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(1)
}
