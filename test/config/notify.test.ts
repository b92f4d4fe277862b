import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { entry, rest, table } from './table.ts'

function ruleIn(own: string, defaults = '') {
  const loaded = parseConfig(
    'config/test.yml',
    `defaults: { timezone: UTC${defaults} }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [a]${own} }`,
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config.schedules[0]?.notify
}

describe('notify', () => {
  it.each([
    ['', '', undefined],
    ['', ', notify: { sns: ops }', { sns: 'ops' }],
    [', notify: { on: [success] }', ', notify: { sns: ops }', { on: ['success'], sns: 'ops' }],
    [', notify: { on: [] }', ', notify: { on: [failure], sns: ops }', { on: [], sns: 'ops' }],
    [
      ", notify: { sns: 'arn:aws:sns:eu-west-1:111122223333:team' }",
      ', notify: { sns: ops }',
      { sns: 'arn:aws:sns:eu-west-1:111122223333:team' },
    ],
  ])('"%s" below "%s" is %j: each half is its own, or the defaults’', (own, defaults, rule) => {
    expect(ruleIn(own, defaults)).toEqual(rule)
  })

  table([
    [
      'something that nobody can hear of',
      entry(`${rest}notify: { on: [failures] }`),
      /^6:20 schedules\.nightly\.notify\.on\.0: .*failures.* \| did you mean "failure"\?/,
    ],
    [
      'a FIFO topic',
      entry(`${rest}notify: { sns: ops.fifo }`),
      /^6:20 schedules\.nightly\.notify\.sns: neither an SNS topic’s name nor its ARN \| .*such as ops-oncall/,
    ],
    [
      'another service’s ARN',
      entry(`${rest}notify: { sns: 'arn:aws:sqs:eu-west-1:111122223333:ops' }`),
      /notify\.sns: neither/,
    ],
    ['a misspelt key', entry(`${rest}notify: { topic: ops }`), /notify.*topic.* \| /],
  ])
})
