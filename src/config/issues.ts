import type { z } from 'zod'
import { keysAt, meaningAt } from './meaning.ts'
import type { UnlocatedProblem } from './problem.ts'
import { suggest } from './suggest.ts'
import { TYPE_NAMES, typeName } from './values.ts'

/** What zod found, in our words, where the schema itself has none: for `safeParse`'s `error`. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const key = issue.path?.at(-1)
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && key !== undefined) return `"${String(key)}" is missing`
      return `${TYPE_NAMES[issue.expected] ?? issue.expected} is expected, not ${typeName(issue.input)}`
    case 'invalid_value':
      if (issue.input === undefined && key !== undefined) return `"${String(key)}" is missing`
      return `"${String(issue.input)}" is not known here`
    default:
      return undefined
  }
}

/** Keys of earlier releases, and what to write instead. */
const REPLACED: Record<string, string> = {
  'approval.notice':
    'it is a key of the schedule now, beside `approval:`, and a list, such as notice: [24h]; people are told at each',
}

/** Of a word that is none of a few: the one that is meant, where it is near. */
function nearOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code !== 'invalid_value') return undefined
  const [, word = ''] = /^"(.+)" is not known here$/.exec(issue.message) ?? []
  const near = suggest(word, issue.values.map(String))
  return near === undefined ? undefined : `did you mean "${near}"?`
}

export function problemsOf(issue: z.core.$ZodIssue): UnlocatedProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(path)
    return issue.keys.map((key) => {
      const near = suggest(key, known)
      const now = REPLACED[`${path.at(-1)}.${key}`]
      if (now)
        return { path: [...path, key], atKey: true, message: `"${key}" no longer stands here`, hint: now }
      const hint = near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`
      return { path: [...path, key], atKey: true, message: `unknown key "${key}"`, hint }
    })
  }
  if (issue.code === 'invalid_union') {
    // The option that at least is of the value's kind says what is wrong with it.
    const near = issue.errors.find(([first]) => first?.code !== 'invalid_type' || first.path.length > 0)
    const [other] = issue.errors[0] ?? []
    if (near) return near.flatMap((part) => problemsOf({ ...part, path: [...path, ...part.path] }))
    const missing = other?.message.endsWith('not nothing') ?? true
    const message = missing ? `"${String(path.at(-1))}" is missing` : (other?.message ?? '')
    return [{ path, message, hint: meaningAt(path) }]
  }
  const own = issue.code === 'custom' ? (issue.params?.hint as string | undefined) : nearOf(issue)
  const isNumber = /a text is expected, not a number/.test(issue.message)
  const hint = meaningAt(path) + (isNumber ? '; a text of digits stands in quotes' : '')
  return [{ path, message: issue.message, hint: own ?? hint }]
}
