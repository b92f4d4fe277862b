import { wordsOf } from '../calendar/describe.ts'
import { ExpressionError } from '../calendar/expression.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { CannotDo } from '../model/errors.ts'
import { entryOf, type Occurrence, occurrencesOf } from '../operate/occurrences.ts'
import { type Arguments, type Command, jsonText, type Terminal } from './command.ts'
import { dayText, instantOf, utcText } from './instants.ts'
import { describeExpressionError, occurrenceJson } from './occurrence-text.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'what an expression means, in plain words, or what is wrong with it',
  help: `Usage: aws-tourbillon explain EXPRESSION [--timezone ZONE] [--start ISO]

Says in plain words when cron(…), rate(…) or at(…) fires; points at what is wrong where it
is not AWS's language, five-field crontab lines included, and says what to write instead.

  --timezone ZONE   also the next three occurrences in this zone, an IANA name
  --start ISO       first occurrence of a rate()
  --json            { "valid", "words", "next": [as of next], "message", "hint", "offset", "length" }

Exit status: 0 it is valid; 1 it is not; 2 wrong use.
Example: npx aws-tourbillon explain 'cron(30 2 L * ? *)' --timezone Europe/London
`,
  options: { timezone: { type: 'string' }, start: { type: 'string' } },
  async run(args, terminal) {
    const expression = expressionOf(args)
    const { json, start, timezone } = args.values
    if (start !== undefined && timezone === undefined)
      throw new CannotDo('--start says nothing without --timezone: no occurrences are listed', {
        hint: 'add --timezone ZONE',
      })
    try {
      const found = explainExpression(expression, args, terminal.now())
      if (json)
        terminal.out(
          jsonText({
            valid: true,
            words: found.words,
            next: (found.next ?? []).map((it) => occurrenceJson(it)),
          }),
        )
      else print(expression, found, terminal)
      return 0
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      const { message, hint, offset, length } = error
      if (json) terminal.out(jsonText({ valid: false, message, hint, offset, length }))
      else terminal.out(describeExpressionError(expression, error))
      return 1
    }
  },
}

/** `next`: absent where they cannot be known. */
type Explained = { words: string; zone?: string; next?: Occurrence[] }

/** Throws CannotDo, ExpressionError. */
function explainExpression(
  expression: string,
  { values: { timezone, start } }: Arguments,
  now: number,
): Explained {
  // Any start will do to explain a rate(); its occurrences are shown only with its own.
  const from = typeof start === 'string' ? instantOf('start', start) : 0
  const zone = typeof timezone === 'string' ? timezone : undefined
  const entry = entryOf(expression, zone ?? 'UTC', from)
  const words = wordsOf(expression)
  if (zone === undefined || (start === undefined && expression.startsWith('rate(')))
    return { words, ...(zone && { zone }) }
  return { words, zone, next: occurrencesOf([entry], { from: now, to: Number.POSITIVE_INFINITY, count: 3 }) }
}

function expressionOf({ positionals }: Arguments): string {
  const [expression, ...rest] = positionals
  if (expression === undefined)
    throw new CannotDo('explain what?', { hint: "npx aws-tourbillon explain 'cron(0 3 ? * SUN *)'" })
  if (rest.length > 0)
    throw new CannotDo('one expression at a time', {
      hint: "quote it: npx aws-tourbillon explain 'cron(0 3 ? * SUN *)'",
    })
  return expression
}

function print(expression: string, { words, zone, next }: Explained, terminal: Terminal): void {
  const clock = expression.startsWith('rate(') ? '' : ` Local time of ${zone ?? "the schedule's zone"}.`
  terminal.out(`${words}.${clock}\n`)
  if (next === undefined) return
  if (next.length === 0) terminal.out('It never fires again.\n')
  for (const { entry, at, note } of next) {
    const local = dayText(at + wallClock(entry.timezone).offsetAt(at))
    terminal.out(`  ${local}  ${utcText(at)}${note === null ? '' : `  ${note}`}\n`)
  }
}
