import { z } from 'zod'
import { action, SecretId } from '../context.ts'
import { AwsError, invalidParameter, invalidRequest } from '../error.ts'
import { liveSecret } from '../find.ts'
import { putLabel } from '../labels.ts'
import type { Secret } from '../secret.ts'

const Input = z.strictObject({
  SecretId,
  VersionStage: z.string().min(1).max(256),
  MoveToVersionId: z.string().min(32).max(64).optional(),
  RemoveFromVersionId: z.string().min(32).max(64).optional(),
})

/** Moves or removes one staging label; the version it leaves must be named. Source: API reference, UpdateSecretVersionStage. */
export const updateSecretVersionStage = action(Input, ({ state, environment }, input) => {
  const secret = liveSecret(state, input.SecretId)
  checkMove(secret, input)
  const { VersionStage: label, MoveToVersionId: to } = input
  if (to === undefined) {
    secret.labels.delete(label)
    secret.lastChangedAt = environment.now()
  } else {
    putLabel(state, secret, label, to, environment.now())
  }
  return { ARN: secret.arn, Name: secret.name }
})

function checkMove(secret: Secret, input: z.output<typeof Input>): void {
  const { VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = input
  for (const id of [to, from]) {
    if (id !== undefined && !secret.versions.has(id)) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret version: ${id}`,
      )
    }
  }
  const attached = secret.labels.get(label)
  if (to === undefined && from === undefined) {
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId, or both.')
  }
  if (attached !== undefined && attached !== to && attached !== from) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ` +
        `${attached}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  if (from !== undefined && attached !== from) {
    throw invalidParameter(`The staging label ${label} isn't attached to version ${from}.`)
  }
  if (label !== 'AWSCURRENT') return
  if (to === undefined) {
    throw invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    )
  }
  if (!secret.versions.get(to)?.value) {
    throw invalidRequest(`The version ${to} has no value and can't become AWSCURRENT.`)
  }
}
