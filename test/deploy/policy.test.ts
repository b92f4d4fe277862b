import { expect, it } from 'vitest'
import { isAllowed } from './policy.ts'

const allow = (Action: string, Resource: string, Condition?: Record<string, Record<string, unknown>>) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...(Condition && { Condition }),
})

it('the simulator decides as IAM documents', () => {
  const request = { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b.c' }
  expect(isAllowed([], request)).toBe(false)
  expect(isAllowed([allow('s3:Get*', 'arn:aws:s3:::a/*')], request)).toBe(true)
  expect(isAllowed([allow('s3:getobject', 'arn:aws:s3:::a/b?c')], request)).toBe(true)
  expect(isAllowed([allow('s3:GetObject', 'arn:aws:s3:::a/b')], request)).toBe(false)
  expect(isAllowed([allow('*', '*'), { ...allow('s3:*', '*'), Effect: 'Deny' }], request)).toBe(false)
  const keyed = allow('*', '*', { 'ForAllValues:StringLike': { k: ['hold#*', 'held#*'] } })
  const withKeys = (...k: string[]) => isAllowed([keyed], { ...request, context: { k } })
  expect([withKeys('hold#1', 'held#2'), withKeys('hold#1', 'x')]).toEqual([true, false])
  const equal = allow('*', '*', { StringEquals: { k: 'v' } })
  expect(isAllowed([equal], request)).toBe(false)
  expect(isAllowed([equal], { ...request, context: { k: 'v' } })).toBe(true)
  expect(() =>
    isAllowed([allow('*', '*', { DateLessThan: { k: 'v' } })], { ...request, context: { k: 'v' } }),
  ).toThrow('does not know the condition DateLessThan')
})
