import { v5 } from 'uuid'

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

/** One wave's id, the same in each of its parts. */
export function waveIdOf(wave: { name: string; occasion: string }): string {
  return `${wave.name}#${wave.occasion}`
}

const ARN = /^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:(.+)$/

/**
 * A secret's name, from its name or ARN: an ARN ends in a hyphen and six random characters.
 * Source: API reference, CreateSecret, ARN.
 */
export function secretNameOf(secret: string): string {
  const fromArn = ARN.exec(secret)?.[1]
  return fromArn === undefined ? secret : fromArn.replace(/-[A-Za-z0-9]{6}$/, '')
}
