import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'

const parse = (text: string) => parseConfig('config/test.yml', text)

/** One schedule with these lines, from line 3 on, below these defaults. */
const config = (lines: string, defaults = '') => `defaults: { timezone: UTC${defaults} }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [a]${lines} }`

function calendarsIn(text: string) {
  const loaded = parse(text)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config.schedules[0]?.changeCalendars
}

describe('changeCalendars', () => {
  const arn = 'arn:aws:ssm:eu-central-1:123456789012:document/year-end'

  it('come from the defaults, unless the schedule has a list of its own, be it empty', () => {
    expect(calendarsIn(config(''))).toBeUndefined()
    expect(calendarsIn(config('', ', changeCalendars: [company]'))).toEqual(['company'])
    expect(calendarsIn(config(`, changeCalendars: ['${arn}']`, ', changeCalendars: [company]'))).toEqual([
      arn,
    ])
    expect(calendarsIn(config(', changeCalendars: []', ', changeCalendars: [company]'))).toBeUndefined()
  })

  it.each([
    ['a bad name', config(', changeCalendars: [year end]'), /"year end" is neither .*\| 3 to 128 letters/],
    [
      'another service’s ARN',
      config(", changeCalendars: ['arn:aws:s3:::year-end']"),
      /neither .*document\/NAME/,
    ],
    ['one calendar twice', config(', changeCalendars: [one, one]'), /stands twice here \| remove one/],
    ['one that is no list', config(', changeCalendars: one'), /a list is expected, not a text \| .*company-/],
    ['an error in the defaults', config('', ', changeCalendars: [a]'), /"a" is neither/],
    ['a misspelt key', config(', changeCalendar: [one]'), /did you mean "changeCalendars"\?/],
  ])('%s is an error with its place and a hint', (_, text, expected) => {
    const loaded = parse(text)
    const errors = loaded.ok
      ? []
      : loaded.errors.map(({ line, message, hint }) => ({ line, it: `${message} | ${hint}` }))
    expect(errors).toEqual([{ line: /defaults/.test(_) ? 1 : 3, it: expect.stringMatching(expected) }])
  })
})
