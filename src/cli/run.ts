import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { commandFor } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { findBusy } from '../operate/busy.ts'
import { type Forecast, forecast } from '../operate/dry-run.ts'
import { type Followed, followWave } from '../operate/follow-wave.ts'
import { checkRotateNow, createRequest, invokeRotateNow } from '../operate/rotate-now.ts'
import { runInline } from '../operate/run-inline.ts'
import type { RotateNowAnswer } from '../rotation/rotate-now.ts'
import { type Asked, parseRotateNow, type RotateNowEvent } from '../rotation/rotate-now-event.ts'
import { hasSecret } from '../rotation/wave-request.ts'
import {
  type Arguments,
  type Command,
  type ExitCode,
  jsonText,
  noPositionals,
  notesOn,
  refuseBeside,
  type Terminal,
} from './command.ts'
import { instantBySchedules } from './instants.ts'
import { stageOption, validConfig } from './load-config.ts'
import { explanations, rotationTable } from './rotation-table.ts'
import { answerText, barredText, callerNote, forecastText, waitText } from './run-text.ts'

export const run: Command = {
  name: 'run',
  summary: 'rotate on demand, now or at an instant to come: a whole schedule, or single secrets',
  help: `Usage: aws-tourbillon run --stage NAME [--schedule NAME] [--secret ID…] [OPTIONS]

Starts a rotation on demand through the stage's rotateNow function, and follows it.

  --schedule NAME     every secret of this schedule
  --secret ID         a configured secret, by name or ARN; repeatable.
                      With --schedule, only these of its secrets
  --reason TEXT       why, for the ledger: a ticket, a change number
  --override REASON   rotate in spite of freezes and holds; recorded
  --override-approval REASON
                      rotate without somebody else's go-ahead, where its schedule wants an
                      approval; recorded, and told to whoever hears of approvals
  --at ISO            an instant up to a year ahead, to the second; default now. Without an offset,
                      2026-12-01T03:00, by the schedule's clock, which is said. More than ten
                      minutes ahead it is planned: shown by next, calendar and status, bound by
                      what is deployed until then, and taken back by npx aws-tourbillon cancel
  --request-id ID     asking again with the same id starts nothing new; for something else, it is an
                      error
  --dry-run           what the gate would answer, secret by secret: window, freezes, holds, Change
                      Calendars, the deployed config; starts nothing. Exit 1 where something would
                      not rotate, 2 where something could not be seen
  --yes               do not ask where another rotation of the secret is on, or has just ended; without
                      a terminal that is a warning
  --wait, --no-wait   wait for the outcomes, or do not; default: wait, in pipelines too, but for what
                      is only planned
  --inline            run the workflow in this process instead of the deployed function
  --json              the rotations as the ledger has them; without waiting, their ids

Ctrl-C ends the waiting, not the rotation, and says how to follow it.

Exit status: 0 all succeeded (or planned, or started with --no-wait); 1 a rotation did not succeed, or no
secret matched; 2 it could not be started.
Example: npx aws-tourbillon run --stage prod --secret prod/orders/db --reason CHG-1234
`,
  options: {
    schedule: { type: 'string' },
    secret: { type: 'string', multiple: true },
    reason: { type: 'string' },
    override: { type: 'string' },
    'override-approval': { type: 'string' },
    at: { type: 'string' },
    'request-id': { type: 'string' },
    'dry-run': { type: 'boolean' },
    wait: { type: 'boolean' },
    'no-wait': { type: 'boolean' },
    inline: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async run(args, terminal) {
    refuseBeside(args, 'dry-run', ['wait', 'no-wait', 'inline'])
    refuseBeside(args, 'inline', ['wait', 'no-wait'])
    refuseBeside(args, 'wait', ['no-wait'])
    const config = await validConfig(args, terminal)
    const event = eventOf(args, config, terminal)
    const asked = parseRotateNow(event)
    const now = terminal.now()
    const onlooker = { now: terminal.now, note: notesOn(terminal) }
    if (args.values['dry-run']) {
      return printForecast(
        await forecast(asked, checkRotateNow(event, config, now), config, now),
        args,
        terminal,
      )
    }
    if (!(await confirmBusy(asked, config, args, terminal))) return 2
    if (args.values.inline) {
      return printOutcome(await runInline(asked, config, onlooker), args, terminal)
    }
    const answer = await invokeRotateNow(event, config)
    terminal.err(callerNote(answer))
    terminal.err(waitText(answer, stageOption(args)))
    // Days may pass: whoever wants to sit by says so.
    if (args.values['no-wait'] || (answer.planned && !args.values.wait)) {
      terminal.out(args.values.json ? jsonText(answer) : answerText(answer))
      if (answer.planned) {
        terminal.err(`to take it back: ${commandFor(stageOption(args), 'cancel', answer.requestId)}\n`)
        for (const line of barredText(await forecast(asked, answer, config, now))) terminal.err(line)
      }
      return 0
    }
    terminal.err(answerText(answer))
    const done = terminal.onInterrupt?.(goesOnText(answer, args))
    const followed = await followWave(asked, answer, config, onlooker).finally(done)
    return printOutcome(followed, args, terminal)
  },
}

/** Whoever leaves takes nothing with them. */
function goesOnText({ rotations = [], scheduledAt }: RotateNowAnswer, args: Arguments): string {
  const stage = stageOption(args)
  const [only, other] = rotations
  const { schedule } = args.values
  const follow =
    only && !other
      ? commandFor(stage, 'show', only.rotationId)
      : commandFor(
          stage,
          'history',
          ...(typeof schedule === 'string' ? [['--schedule', schedule] as const] : []),
          ['--since', scheduledAt],
        )
  return `The rotation goes on without you. To see what becomes of it: ${follow}`
}

function printForecast(answer: Forecast, args: Arguments, terminal: Terminal): ExitCode {
  terminal.out(args.values.json ? jsonText(answer) : forecastText(answer))
  for (const one of answer.unseen) terminal.err(`${one}\n`)
  if (answer.unseen.length > 0) return 2
  return answer.rotations.length > 0 && answer.rotations.every(({ refused }) => refused === null) ? 0 : 1
}

/** Warns of another rotation of the same secret; at a terminal, asks. A pipeline goes on: nobody is there to answer. */
async function confirmBusy(
  asked: Asked,
  config: Config,
  args: Arguments,
  terminal: Terminal,
): Promise<boolean> {
  const busy = await findBusy(asked, config, terminal.now())
  if (busy === undefined) terminal.err('warning: whether another rotation is on could not be seen\n')
  for (const one of busy ?? []) terminal.err(`warning: ${one}\n`)
  if (!busy?.length || args.values.yes || !terminal.confirm) return true
  return terminal.confirm('Rotate all the same?')
}

function eventOf(args: Arguments, { schedules }: Config, terminal: Terminal): RotateNowEvent {
  noPositionals(args, () => 'name what to rotate: --schedule NAME or --secret ID')
  const { values } = args
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  const [schedule, reason, override] = [text('schedule'), text('reason'), text('override')]
  const overrideApproval = text('override-approval')
  const [at, requestId] = [text('at'), text('request-id')]
  const secrets = values.secret as string[] | undefined
  if (schedule === undefined && secrets === undefined) {
    throw new CannotDo('what shall rotate?', { hint: 'add --schedule NAME or --secret ID (repeatable)' })
  }
  const concerned = schedules.filter((it) =>
    schedule === undefined ? secrets?.some((secret) => hasSecret(it, secret)) : it.name === schedule,
  )
  return createRequest({
    ...(schedule !== undefined && { schedule }),
    ...(secrets !== undefined && { secrets }),
    ...(reason !== undefined && { reason }),
    ...(override !== undefined && { override }),
    ...(overrideApproval !== undefined && { overrideApproval }),
    // The instant travels, never the text: the function's clock may be another than that of whoever typed it.
    ...(at !== undefined && { at: iso(instantBySchedules('at', at, concerned, terminal)) }),
    ...(requestId !== undefined && { requestId }),
  })
}

function printOutcome(
  { secrets, rotations, refused = 'no secret matches' }: Followed,
  args: Arguments,
  terminal: Terminal,
): 0 | 1 {
  if (args.values.json) terminal.out(jsonText(rotations))
  else if (secrets === 0) terminal.err(`${oneLine(refused)}: nothing was rotated\n`)
  else {
    terminal.out(rotationTable(rotations, terminal))
    terminal.err(explanations(rotations, stageOption(args)))
  }
  const all = rotations.length > 0 && rotations.length === secrets
  return all && rotations.every(({ status }) => status === 'SUCCEEDED') ? 0 : 1
}
