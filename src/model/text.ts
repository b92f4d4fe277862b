/**
 * What others wrote: reasons, names of people, answers of hooks, errors of AWS and of rotation functions. It is data,
 * with a length, and never markup: no text may keep an outcome from reaching the ledger, write a second "message"
 * beneath the first, move a terminal's cursor, or turn round the direction in which the rest of a line is read.
 */

/** Characters of one such text that are kept: a page of words. A ledger item has 400 KB for all of them. */
export const MOST_TEXT = 2_000

/**
 * Everything that acts on the text around it: C0 and C1 controls (ESC among them), DEL, the marks, embeddings,
 * overrides and isolates of bidirectional text, and what ends a line where LF does not. Tab, LF and CRLF are kept.
 * Source: Unicode Standard Annex #9, "Explicit Directional Formatting Characters"; Annex #14, classes BK and NL.
 */
const ACTING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Each character that would act is shown instead: `\u001b`. Lines and tabs stay. */
export function harmless(text: string): string {
  return text.replace(ACTING, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same on one line: for a cell of a table, a line of an e-mail. */
export function oneLine(text: string): string {
  return harmless(text.replace(/[ \t]*[\r\n\v\f\u0085\u2028\u2029][\s\u0085]*/g, ' ').replaceAll('\t', ' '))
}

/** Whether there is anything to read in it: a letter or a number that can be seen. What an unset variable leaves has none. */
export function says(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(/\p{Default_Ignorable_Code_Point}/gu, ''))
}

/** As it is taken in: one line, of at most so many characters; where it was longer, its end says how long. */
export function atDoor(text: unknown, most = MOST_TEXT): string {
  const whole = typeof text === 'string' ? text : (JSON.stringify(text) ?? String(text))
  // Cut before it is looked through: megabytes come by.
  const seen = whole.slice(0, 2 * most)
  const line = oneLine(seen.toWellFormed())
  if (line.length <= most && seen.length === whole.length) return line
  const mark = ` … (cut: ${whole.length} characters)`
  // Half of a pair is no character.
  return line.slice(0, most - mark.length).replace(/[\ud800-\udbff]$/, '') + mark
}

/** A code span of Markdown around any text, in which nothing is markup: a fence longer than the backticks within. */
export function codeSpan(text: string): string {
  const line = atDoor(text, 300)
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return longest > 0 ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`
}

/** As a sentence begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Anything may have been thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** What an error says; its name, where it says nothing, as one that sums up several does. */
export function messageOf(thrown: unknown): string {
  const { name, message } = asError(thrown)
  return message || name
}
