import { v5 } from 'uuid'
import { type Place, placeKey } from './place.ts'
import { secretNameOf } from './secret.ts'
import { shortId } from './short-id.ts'

/** Namespace of Tourbillon's rotation ids: any fixed UUID will do, but it can never change. */
const NAMESPACE = 'b3ea1a1c-0d2f-4f0e-9c53-7a5f0a6d3c11'

/**
 * The one identity of a rotation: ledger key, `ClientRequestToken`, and so the new version's id. Everything that
 * means the same rotation (a duplicate delivery, a retry, an operator pressing twice) computes the same id.
 *
 * `occasion` is what makes the rotation happen once: the scheduled instant (ISO), or an on-demand request's id.
 */
export function rotationIdOf(schedule: string, secret: string, occasion: string): string {
  return v5(JSON.stringify([schedule, secretNameOf(secret), occasion]), NAMESPACE)
}

/**
 * The record of a version that something else made. Its id is whatever its maker chose (`hold#all`, another rotation's
 * id, the same in two secrets), so it is part of what the key is made of, and never the key: decision 0101.
 */
export function externalIdOf(secretArn: string, versionId: string): string {
  return v5(JSON.stringify(['external version', secretArn, versionId]), NAMESPACE)
}

/** A runbook's token, which makes it start once for a rotation and a consumer. */
export function refreshTokenOf(rotationId: string, consumer: string): string {
  return v5(JSON.stringify(['refresh', rotationId, consumer]), NAMESPACE)
}

/**
 * Is this record of the secret in the orchestrator's own account and region that AWS names by its whole ARN? A version's
 * id alone does not say so: whoever may write a secret's value can give it the id of another secret's rotation.
 */
export function isOfSecret(rotation: { secretName: string; secretArn?: string }, secretArn: string): boolean {
  if (rotation.secretArn !== undefined) return rotation.secretArn === secretArn
  return nameInKey(rotation.secretName) === secretNameOf(secretArn)
}

/** One wave's id, the same in each of its parts. */
export function waveIdOf(wave: { name: string; occasion: string }): string {
  return `${wave.name}#${wave.occasion}`
}

/** Which secrets, in whatever order: names themselves would be too many for one item of the table. */
export function namesIdOf(secrets: string[]): string {
  return v5(JSON.stringify(secrets.toSorted()), NAMESPACE)
}

/** A request on demand by all that it asks for: what is absent counts, too. */
export function requestIdOf(parts: unknown[]): string {
  return v5(JSON.stringify(['request', ...parts]), NAMESPACE)
}

/**
 * The approval of a wave, short enough to be read out and typed: `k7q-m2f-9x1`, 45 bits of a hash. Every run of the
 * occurrence computes the same, so that it is asked for once.
 */
export function approvalIdOf(wave: { name: string; occasion: string }): string {
  const bytes = v5(`approval of ${waveIdOf(wave)}`, NAMESPACE, new Uint8Array(16))
  return shortId(bytes)
}

/**
 * What the ledger keeps a secret's rotations under: its name, after its place where that is not the orchestrator's own,
 * `111122223333:eu-west-1:prod/db`. No name holds a colon. Names are unique in an account and region only.
 */
export function secretKeyOf(secret: string, place?: Place): string {
  return [placeKey(place), secretNameOf(secret)].filter((part) => part !== '').join(':')
}

/** The name alone of such a key: what holds go by, which cover it in every account and region. */
export function nameInKey(secretKey: string): string {
  return secretKey.slice(secretKey.lastIndexOf(':') + 1)
}

/** Ours are UUIDs; the release before 0101 kept what others rotated under its version's id: 32 to 64 characters. */
export const ROTATION_ID = /^.{32,64}$/

export const LONGEST_ID = 64
