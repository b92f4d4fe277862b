import { describe, expect, it } from 'vitest'
import { rotationConfigured } from '../../src/doctor/secrets/rotation.ts'
import { inspect } from '../../src/rotation/inspect.ts'

const SECRET = { ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-Ab12Cd', Name: 'prod/db' }
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:rotate'

describe('a secret can be rotated', () => {
  it.each([
    ['by a function', { RotationLambdaARN: FUNCTION }, undefined],
    ['by the service that owns it', { OwningService: 'rds' }, undefined],
    [
      'by AWS at a partner, without a function',
      {
        Type: 'SalesforceClientSecret',
        ExternalSecretRotationRoleArn: 'arn:aws:iam::123456789012:role/external',
      },
      undefined,
    ],
    ['by nobody', {}, 'ROTATION_NOT_CONFIGURED'],
    ['by nobody, though a partner has it', { Type: 'SalesforceClientSecret' }, 'ROTATION_NOT_CONFIGURED'],
  ])('%s', (_, parts, reason) => {
    expect(inspect({ ...SECRET, ...parts })?.reason).toBe(reason)
    const judged = rotationConfigured.check({
      secret: 'prod/db',
      described: { found: { ...SECRET, ...parts } },
    } as never)
    if (reason === undefined) expect(judged).toBe('fine')
    else expect(judged).toMatchObject({ symptom: expect.any(String) })
  })
})
