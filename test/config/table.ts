import { expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'

/** `line:column path: message | hint` of every error, in the order of the file. */
export function errorsIn(text: string): string[] {
  const loaded = parseConfig('config/test.yml', text)
  if (loaded.ok) return []
  return loaded.errors.map(
    ({ line, column, path, message, hint }) => `${line}:${column} ${path}: ${message} | ${hint}`,
  )
}

/** A config that is valid but for what the text puts into its only schedule, from line 4 on. */
export const entry = (lines: string) =>
  `defaults: { timezone: UTC }
schedules:
  nightly:
${lines.replaceAll(/^(?=.)/gm, '    ')}`

/** What every schedule needs. */
export const rest = 'when: cron(0 3 * * ? *)\nsecrets: [a/b]\n'

type Case = [name: string, yaml: string, ...errors: RegExp[]]

/** A test each: the config’s errors are these, in this order, and no others. */
export function table(cases: Case[]) {
  it.each(cases.map(([name, yaml, ...errors]) => ({ name, yaml, errors })))('$name', ({ yaml, errors }) => {
    const found = errorsIn(yaml)
    expect(found).toHaveLength(errors.length)
    errors.forEach((error, index) => {
      expect(found[index]).toMatch(error)
    })
  })
}
