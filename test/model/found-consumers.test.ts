import { expect, it } from 'vitest'
import { secretOfTask } from '../../src/model/found-consumers.ts'

const here = { account: '111122223333', region: 'eu-central-1' }
const of = (rest: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${rest}`

it.each([
  ['its ARN', of('app/db-a1B2c3'), {}],
  ['its ARN with a key', of('app/db-a1B2c3:password::'), {}],
  ['the label that moves', of('app/db-a1B2c3::AWSCURRENT:'), {}],
  ['the label before', of('app/db-a1B2c3:password:AWSPREVIOUS:'), { fixed: 'AWSPREVIOUS' }],
  ['a version', of('app/db-a1B2c3:::0f1e2d3c'), { fixed: '0f1e2d3c' }],
  ['its ARN without an end', of('app/db'), {}],
  ['an ARN that may be another’s', of('app/db-reader'), { unclear: true }],
  ['a reference of Parameter Store', '/aws/reference/secretsmanager/app/db', {}],
  [
    'a parameter’s ARN with a label',
    'arn:aws:ssm:eu-central-1:111122223333:parameter/aws/reference/secretsmanager/app/db:AWSPREVIOUS',
    { fixed: 'AWSPREVIOUS' },
  ],
  ['a parameter of its name', 'app/db', undefined],
  ['another secret', of('app/db2-a1B2c3'), undefined],
  ['one of its name in another account', of('app/db-a1B2c3').replace('1111', '9999'), undefined],
  ['one of its name in another region', of('app/db-a1B2c3').replace('central', 'west'), undefined],
  ['nothing', '', undefined],
])('a task definition that has %s', (_, text, expected) => {
  expect(secretOfTask(text, 'app/db', here)).toEqual(expected)
})

it('an image is pulled by a secret’s name, too', () => {
  expect(secretOfTask('app/db', 'app/db', here, { plain: true })).toEqual({})
})

it('where its own ARN is known, none other is its', () => {
  const arn = of('app/db-reader')
  expect(secretOfTask(`${arn}:key::`, 'app/db', here, { arn })).toEqual({})
  expect(secretOfTask(of('app/db-writer'), 'app/db', here, { arn })).toBeUndefined()
  expect(secretOfTask(of('app/db'), 'app/db', here, { arn })).toEqual({})
})
