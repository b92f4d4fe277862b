import { describe, expect, it } from 'vitest'
import { forEachInPool } from '../../src/aws/pool.ts'
import { hasHung, lookUp } from '../../src/doctor/lookup.ts'

const failing = (name: string, message = 'no') => Promise.reject(Object.assign(new Error(message), { name }))

describe('a look-up', () => {
  it('answers with what was seen', async () => {
    expect(await lookUp('a:B', async () => 0)).toEqual({ found: 0 })
  })

  it.each([
    'ResourceNotFoundException',
    'NotFoundException',
    'QueueDoesNotExist',
    'AWS.SimpleQueueService.NonExistentQueue',
    'NoSuchEntityException',
  ])('takes %s for: there is none', async (name) => {
    expect(await lookUp('a:B', () => failing(name))).toEqual({ found: undefined })
  })

  it.each([
    ['AccessDeniedException', 'a:B: not allowed (AccessDeniedException)'],
    ['UnauthorizedOperation', 'a:B: not allowed (UnauthorizedOperation)'],
    ['AuthorizationErrorException', 'a:B: not allowed (AuthorizationErrorException)'],
    ['ThrottlingException', 'a:B: ThrottlingException: no'],
    ['Error', 'a:B: no'],
    ['TimeoutError', 'a:B: no answer in 20 s'],
  ])('throws nothing: %s', async (name, unknown) => {
    expect(await lookUp('a:B', () => failing(name))).toEqual({ unknown })
    expect(hasHung(unknown)).toBe(name === 'TimeoutError')
  })

  it('works through a list, so many at once', async () => {
    let now = 0
    let most = 0
    const done: number[] = []
    await forEachInPool([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++now)
      await Promise.resolve()
      now--
      done.push(item)
    })
    expect([most, done.sort()]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]])
  })
})
