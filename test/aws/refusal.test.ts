import { describe, expect, it } from 'vitest'
import { exhausted, mayHaveHadEffect, refusedOrThrow } from '../../src/aws/refusal.ts'

const error = (name: string, message = 'words', more: object = {}) =>
  Object.assign(new Error(message), { name, ...more })
const answered = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

describe('what AWS refuses', () => {
  it.each([
    // Believed at this many tries: what may be about news that has not got round yet.
    ['ResourceNotFoundException', 'not here', 'SECRET_NOT_FOUND', 3],
    ['AccessDeniedException', 'not authorized', 'ACCESS_DENIED', 8],
    ['InvalidParameterException', 'a parameter', 'ROTATION_REFUSED', undefined],
    ['InvalidParameterException', 'deleted or not', 'ROTATION_REFUSED', undefined],
    ['InvalidRequestException', 'something else', 'ROTATION_REFUSED', undefined],
    ['InvalidRequestException', 'it is marked for Deletion', 'SECRET_DELETED', undefined],
    [
      'InvalidRequestException',
      'No Lambda rotation function ARN is there',
      'ROTATION_NOT_CONFIGURED',
      undefined,
    ],
  ])('%s, %s: %s', (name, message, reason, tries) => {
    const { refusal, ...rest } = refusedOrThrow(error(name, message), 'orders')
    expect(refusal.reason).toBe(reason)
    expect(refusal.message).toContain('"orders"')
    expect(refusal.message).toContain(`AWS answered ${name}: ${message}`)
    expect(rest.tries).toBe(tries)
  })

  it.each([[error('ThrottlingException')], [error('InternalServiceError')], ['no error at all']])(
    'is not %s, which a later try may settle',
    (thrown) => {
      expect(() => refusedOrThrow(thrown, 'orders')).toThrow(thrown as never)
    },
  )

  it('is one line, whatever AWS wrote', () => {
    const { refusal } = refusedOrThrow(error('InvalidRequestException', 'one\ntwo'), 'orders')
    expect(refusal.message).toBe('"orders": AWS answered InvalidRequestException: one two')
  })
})

describe('after the last try', () => {
  it.each([
    ['ThrottlingException', 'words', 'THROTTLED'],
    ['TooManyRequestsException', 'words', 'THROTTLED'],
    ['RequestLimitExceeded', 'words', 'THROTTLED'],
    ['SlowDown', 'words', 'THROTTLED'],
    ['LimitError', 'Rate exceeded', 'THROTTLED'],
    ['TimeoutError', 'no answer', 'AWS_UNAVAILABLE'],
  ])('%s, %s: %s', (name, message, reason) => {
    expect(exhausted(error(name, message))).toEqual({
      reason,
      message: `the last try ended in ${name}: ${message}`,
    })
  })

  it('what is no error is said as it is', () => {
    expect(exhausted('gone').message).toBe('the last try ended in Error: gone')
  })
})

describe('a call that ended in an error may have had its effect', () => {
  it.each([
    ['no answer', error('TimeoutError'), true],
    ['the connection was lost', error('Error', 'socket hang up', { code: 'ECONNRESET' }), true],
    ['AWS failed', error('InternalServiceError', 'words', answered(500)), true],
    ['a redirect is no answer that it would not', error('Moved', 'words', answered(399)), true],
    ['AWS would not', error('ValidationException', 'words', answered(400)), false],
    ['the last of its noes', error('Strange', 'words', answered(499)), false],
    ['throttled, in whatever form', error('SlowDown', 'words', answered(503)), false],
    ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].map(
      (code) => [`nobody was reached: ${code}`, error('Error', 'words', { code }), false] as const,
    ),
    [
      'no connection in time',
      error('TimeoutError', 'Socket did not establish a connection in 1000 ms'),
      false,
    ],
  ] as const)('%s: %s', (_, thrown, may) => {
    expect(mayHaveHadEffect(thrown)).toBe(may)
  })
})
