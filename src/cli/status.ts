import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { createStatusReader, type ReadStatus } from '../operate/status.ts'
import type { Readings } from '../report/readings.ts'
import { isInOrder, standingOf } from '../report/standing.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  noPositionals,
  type Terminal,
  wholeNumber,
} from './command.ts'
import { zoneOption } from './instants.ts'
import { stageOption, validConfig } from './load-config.ts'
import { statusJson } from './status-json.ts'
import type { Style, View } from './status-sections.ts'
import { statusText } from './status-text.ts'

export const status: Command = {
  name: 'status',
  summary: 'what comes next, what is under way, what went wrong: one screen, or live',
  help: `Usage: aws-tourbillon status --stage NAME [--watch] [--count N] [--timezone ZONE] [--json]

What comes next, what is planned on demand, what is under way, what went wrong or was skipped in
the last 24 hours, holds, freezes, waves that wait for a go-ahead, secrets older than their maxAge,
as the audit found them within the hour, where zone data disagree about what comes, and which
assumptions about AWS do not hold here, as verify saw it: that is not wrong.

  --watch          keep it on the screen, up to date, until Ctrl-C; on a terminal only
  --count N        so many of the next occurrences, and the next of every schedule; default 5
  --timezone ZONE  all local times by this clock, an IANA name; default: each schedule's own
  --json           the same for machines; "ok" is what the exit status says

Exit status: 0 in order; 1 something is wrong: a rotation went wrong in the last 24 hours and its
secret has not rotated since, one is under way for too long, one that was due has no record, a
secret is paused or overdue, or that could not be seen, the audit has been silent for 15 minutes, or
another config is deployed; 2 the ledger could not be read. What was skipped by rule (a freeze, a hold, a
Change Calendar, a veto, no approval) is shown, and is not wrong.
Example: npx aws-tourbillon status --stage prod --watch
`,
  options: { watch: { type: 'boolean' }, count: { type: 'string' }, timezone: { type: 'string' } },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    const count = wholeNumber('count', args.values.count ?? '5', 0, 1_000)
    const config = await validConfig(args, terminal)
    const read = createStatusReader(config)
    if (args.values.watch) {
      if (args.values.json) throw new CannotDo('--watch is for people, --json for machines: choose one')
      return watch(read, viewing(config, args, count), terminal)
    }
    const now = terminal.now()
    const view = viewing(config, args, count)
    const shown = view(await read(now), now, terminal)
    if (args.values.json) terminal.out(statusJson(shown))
    else terminal.out(statusText(shown))
    return isInOrder(shown.standing) ? 0 : 1
  },
}

type Viewing = (readings: Readings, now: number, style: Style) => View

function viewing(config: Config, args: Arguments, count: number): Viewing {
  const [stage, zone] = [stageOption(args), zoneOption(args)]
  return (readings, now, style) => ({
    ...{ standing: standingOf(config, readings, now, count, stage), config, stage, zone, now, style },
  })
}

const READ_EVERY = 2_000
const DRAW_EVERY = 500

/** Redraws countdowns twice a second, and reads the ledger every other second. What fails is said, and tried again. */
async function watch(read: ReadStatus, view: Viewing, terminal: Terminal): Promise<ExitCode> {
  if (!terminal.openScreen)
    throw new CannotDo('--watch needs a terminal', { hint: 'leave it out to print once' })
  // The first reading is made before the screen is taken: a wrong stage or no log-in is told as ever.
  let readings = await read(terminal.now())
  const screen = await terminal.openScreen()
  const { signal } = screen
  let trouble = ''
  const reading = (async () => {
    while (!signal.aborted) {
      await sleep(READ_EVERY, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      try {
        readings = await read(terminal.now(), { giveUpMs: 10_000 })
        trouble = ''
      } catch (error) {
        if (!(error instanceof CannotDo)) throw error
        trouble = error.message
      }
    }
  })()
  try {
    while (!signal.aborted) {
      const now = terminal.now()
      // First, where it shows on the smallest screen: what follows is old then.
      const above = trouble === '' ? '' : `NOT UP TO DATE: ${trouble}\n`
      screen.draw(`${above}${statusText(view(readings, now, { ...terminal, brief: true }))}`)
      await Promise.race([sleep(DRAW_EVERY, undefined, { signal }).catch(() => {}), reading])
    }
  } finally {
    screen.close()
  }
  // What was seen last stays on the terminal.
  const last = view(readings, terminal.now(), terminal)
  terminal.out(statusText(last))
  return isInOrder(last.standing) ? 0 : 1
}
