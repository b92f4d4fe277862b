import { z } from 'zod'
import { action, type Context, SecretId, Token } from '../context.ts'
import { AwsError, invalidParameter, invalidRequest } from '../error.ts'
import { liveSecret } from '../find.ts'
import { beginRotation, runRotation, testRotation } from '../rotation.ts'
import { RotationRules } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  ClientRequestToken: Token.optional(),
  RotationLambdaARN: z.string().max(2048).optional(),
  RotationRules: RotationRules.optional(),
  RotateImmediately: z.boolean().optional(),
})

/** Configures and starts a rotation; answers at once, the steps follow. Source: docs/aws-facts.md, "Rotating". */
export const rotateSecret = action(Input, (context, input) => {
  const { state, environment } = context
  const secret = liveSecret(state, input.SecretId)
  if (input.ClientRequestToken === undefined) {
    throw invalidParameter('You must provide a ClientRequestToken value. We recommend a UUID-type value.')
  }
  if (secret.owningService && input.RotationLambdaARN !== undefined) {
    throw invalidRequest(
      `The secret is managed by ${secret.owningService}: you must use that service to update it.`,
    )
  }
  if (input.RotationRules?.AutomaticallyAfterDays !== undefined && input.RotationRules.ScheduleExpression) {
    throw invalidParameter(
      "You can't specify both AutomaticallyAfterDays and ScheduleExpression in the RotationRules.",
    )
  }
  const functionArn = input.RotationLambdaARN ?? secret.rotationFunctionArn
  if (functionArn === undefined && !secret.owningService) {
    throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
  }
  if (functionArn !== undefined) checkInvocable(context, functionArn)

  if (functionArn !== undefined) secret.rotationFunctionArn = functionArn
  if (input.RotationRules !== undefined) secret.rotationRules = input.RotationRules
  secret.rotationEnabled = true

  const started = beginRotation(secret, input.ClientRequestToken, environment)
  const work = input.RotateImmediately === false ? testRotation : runRotation
  if (started.run)
    context.background(() => work({ state, secret, versionId: started.versionId, environment }))
  if (started.error) throw started.error
  return { ARN: secret.arn, Name: secret.name, VersionId: started.versionId }
})

function checkInvocable({ functionExists, lacksInvoke }: Context, functionArn: string) {
  if (!functionExists(functionArn)) {
    throw new AwsError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access ' +
        'to the principal secretsmanager.amazonaws.com.',
    )
  }
  // Source: API reference, RotateSecret, required permissions. Its words are not documented.
  if (lacksInvoke !== undefined) {
    throw new AwsError(
      'AccessDeniedException',
      `User: ${lacksInvoke} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn}`,
    )
  }
}
