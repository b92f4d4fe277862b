import { describe, expect, it } from 'vitest'
import { approvalIdOf, rotationIdOf } from '../../src/model/identity.ts'

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:'

/**
 * Computed at release 5edc86a. An id that changes in a deploy rotates a secret twice: the claim of the release before
 * stands under the old one. So these never change, whatever else is learned about names and ARNs.
 */
const GOLDEN: [secret: string, rotationId: string][] = [
  ['prod/orders/db', '6409f350-f157-5359-bd26-85a96b2ef215'],
  [`${ARN}prod/orders/db-Ab12Cd`, '6409f350-f157-5359-bd26-85a96b2ef215'],
  ['prod/orders-config', '075e0e64-0ccc-5d24-aebb-df4a699b5c7c'],
  [`${ARN}prod/orders-config-Ab12Cd`, '075e0e64-0ccc-5d24-aebb-df4a699b5c7c'],
  // Partial ARNs.
  [`${ARN}prod/orders-config`, 'c99d91bc-da7d-514c-82eb-5e188113fe0b'],
  [`${ARN}prod/billing`, 'e785cd1a-c418-529e-8cb4-de166547c060'],
  ['prod/orders/db-Ab12Cd', '44611daa-a70f-5676-9795-f3907eae756d'],
  [`${ARN}prod/orders/db-Ab12Cd-Ef34Gh`, '44611daa-a70f-5676-9795-f3907eae756d'],
  [
    'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:x-Ab12Cd',
    'd3b93d80-3307-5474-a9db-7f08b4766852',
  ],
  ['rds!cluster-3f1c9c0e-9a3a-4c57-8a3e-2d1f0a9d7b11', 'c3dc75f7-2005-5b4a-ad6c-d5b868551b1d'],
  [`${ARN}rds!db-3f1c9c0e-9a3a-4c57-8a3e-2d1f0a9d7b11-Ab12Cd`, '75fe61de-380f-50d8-9da2-0e31bde914cb'],
  ['redshift!prod-awsuser', '7fa5c843-1d46-5fae-bcbd-486c59f96d9c'],
  ['ecs-sc!x', 'd3951ea3-04f7-58d7-bace-2f770b818e9e'],
]

describe('a rotation’s id never changes', () => {
  it.each(GOLDEN)('of %s', (secret, rotationId) => {
    expect(rotationIdOf('nightly', secret, '2026-11-29T03:00:00.000Z')).toBe(rotationId)
  })

  it('on demand, and of an approval', () => {
    expect(rotationIdOf('on-demand', 'prod/orders/db', 'CHG-1234')).toBe(
      'a6fab0d6-ec0b-54a1-a1b6-5c6ece21110d',
    )
    expect(approvalIdOf({ name: 'nightly', occasion: '2026-11-29T03:00:00.000Z' })).toBe('61w-gd9-5rv')
  })
})
