import { describe, expect, it } from 'vitest'
import { isSameSecret } from '../../src/model/place.ts'
import { partialArn, secretNameOf } from '../../src/model/secret.ts'

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:'

describe('a secret', () => {
  it.each([
    ['prod/orders', 'prod/orders'],
    [`${ARN}prod/orders-Ab12Cd`, 'prod/orders'],
    [`${ARN}prod/orders-config-Ab12Cd`, 'prod/orders-config'],
    [`${ARN}rds!cluster-3f1c9c0e-9a3a-Ab12Cd`, 'rds!cluster-3f1c9c0e-9a3a'],
    ['arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-Ab12Cd', 'x'],
    // The tail of an ARN is a name like any other.
    ['prod/orders/db-Ab12Cd', 'prod/orders/db-Ab12Cd'],
  ])('%s is called %s', (secret, name) => {
    expect(secretNameOf(secret)).toBe(name)
    expect(partialArn(secret)).toBeUndefined()
  })

  it.each([
    [`${ARN}prod/billing`, /lacks the hyphen.*write the secret’s name, prod\/billing,/],
    [`${ARN}prod/orders-config`, /ends in "-config".*name: prod\/orders-config, or prod\/orders if/],
    [`${ARN}prod/orders-202612`, /ends in "-202612"/],
    [`${ARN}prod/orders-Config`, /ends in "-Config"/],
    [`${ARN}prod/orders-MASTER`, /ends in "-MASTER"/],
    [`${ARN}prod/a-b`, /lacks/],
  ])('%s may be cut short', (secret, expected) => {
    const { problem, hint } = partialArn(secret) ?? {}
    expect(`${problem}: ${hint}`).toMatch(expected)
  })

  it.each<[string, string, object, boolean]>([
    ['a', 'a', {}, true],
    ['a', 'b', {}, false],
    ['a', `${ARN}a-Ab12Cd`, {}, true],
    [`${ARN}a-Ab12Cd`, 'a', { region: 'eu-west-1' }, true],
    ['a', `${ARN}a-Ab12Cd`, { region: 'us-east-1' }, false],
    ['a', `${ARN}a-Ab12Cd`, { account: '111122223333' }, false],
    [`${ARN}a-Ab12Cd`, `${ARN}a-Ef34Gh`, {}, false],
  ])('%s and %s in %j: the same? %s', (one, other, place, same) => {
    expect(isSameSecret(one, other, place)).toBe(same)
    expect(isSameSecret(other, one, place)).toBe(same)
  })
})
