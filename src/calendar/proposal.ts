import { wordsOf } from './describe.ts'
import { type Interpretation, interpretationsOf } from './dialects.ts'

/**
 * What to write instead of an expression that AWS refuses, each proposal with its meaning in words, for a hint.
 * Undefined where nothing that is `accepted` comes near: what cannot be guessed is not guessed.
 */
export function proposalFor(when: string, accepted: (when: string) => boolean): string | undefined {
  const plain = unwrapped(when)
  const readings = readingsIn(plain).filter(
    ({ expressions }) => expressions.length > 0 && expressions.every((it) => it !== when && accepted(it)),
  )
  const [only] = readings
  if (only === undefined) return undefined
  if (readings.length > 1) return readings.map((it) => `${it.dialect}: ${said(it)}`).join('; ')
  const lead = only.lead ?? slip(when)
  return lead === undefined ? said(only) : `${lead}: ${said(only)}`
}

/** `write cron(…) (at 03:00 every day)`; `make two schedules: …` where one expression cannot say it. */
function said({ expressions, note, near }: Interpretation): string {
  const each = expressions.map((it) => `${it} (${lowered(wordsOf(it))}${note ? `, ${note}` : ''})`)
  if (near !== undefined) return `AWS has no ${near}; near it are: ${each.join(' and ')}`
  if (each.length === 1) return `write ${each[0]}`
  return `make ${['', '', 'two', 'three', 'four'][each.length] ?? each.length} schedules: ${each.join(' and ')}`
}

function lowered(words: string): string {
  return words.slice(0, 1).toLowerCase() + words.slice(1)
}

/** The text without what stands around it: spaces, quotes; and with plain spaces only. */
function unwrapped(when: string): string {
  let text = when.replaceAll(/[^\S ]|\u00a0|\u3000/g, ' ').trim()
  for (let inner = quoted(text); inner !== undefined; inner = quoted(text)) text = inner.trim()
  return text.replaceAll(/ {2,}/g, ' ')
}

function quoted(text: string): string | undefined {
  return /^(['"`])(.*)\1$/.exec(text)?.[2] ?? /^[“‘«](.*)[”’»]$/.exec(text)?.[1]
}

/** What kept an otherwise good text from being read, in words. */
function slip(when: string): string | undefined {
  const trimmed = when.trim()
  if (quoted(trimmed) !== undefined) return 'no quotes within the text'
  if (trimmed !== when) return 'no space around it'
  if (/^(cron|rate|at)\s*\(.*\)$/i.test(when) && !/^(cron|rate|at)\(/.test(when))
    return 'cron, rate and at are lower case and touch their bracket'
  return undefined
}

const SHORTHANDS: Record<string, string> = {
  '@hourly': 'cron(0 * * * ? *)',
  '@daily': 'cron(0 0 * * ? *)',
  '@midnight': 'cron(0 0 * * ? *)',
  '@weekly': 'cron(0 0 ? * SUN *)',
  '@monthly': 'cron(0 0 1 * ? *)',
  '@yearly': 'cron(0 0 1 JAN ? *)',
  '@annually': 'cron(0 0 1 JAN ? *)',
}

function readingsIn(text: string): Interpretation[] {
  const shorthand = SHORTHANDS[text.toLowerCase()]
  if (shorthand !== undefined) return [{ expressions: [shorthand] }]
  const [, kind, inside] = /^(cron|rate|at) ?\((.*)\)$/i.exec(text) ?? []
  const body = (inside ?? text).trim()
  if (kind?.toLowerCase() === 'rate') return rates(body)
  if (kind?.toLowerCase() === 'at') return ats(body)
  return interpretationsOf(body === '' ? [] : body.split(' '))
}

const UNITS: [RegExp, string, number][] = [
  [/^min(ute)?s?$/i, 'minute', 1],
  [/^(h|hrs?|hours?)$/i, 'hour', 1],
  [/^(d|days?)$/i, 'day', 1],
  [/^weeks?$/i, 'day', 7],
]

function rates(body: string): Interpretation[] {
  const [, count = '', unit = ''] = /^(\d{1,5}) ?([a-z]+)$/i.exec(body) ?? []
  const found = UNITS.find(([pattern]) => pattern.test(unit))
  if (found === undefined) return []
  const [, name, times] = found
  const value = Number(count) * times
  return [{ expressions: [`rate(${value} ${name}${value === 1 ? '' : 's'})`] }]
}

function ats(body: string): Interpretation[] {
  const [, date = '', time = '', seconds = ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?$/i.exec(body) ?? []
  if (date === '') return []
  const expressions = [`at(${date}T${time === '' ? '03:00' : time}${seconds === '' ? ':00' : seconds})`]
  if (time === '') return [{ lead: 'add the time of day, 03:00 say', expressions }]
  return [seconds === '' ? { lead: 'add the seconds', expressions } : { expressions }]
}
