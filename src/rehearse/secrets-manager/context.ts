import { z } from 'zod'
import { actionOn } from './input.ts'
import type { RotationEnvironment } from './rotation.ts'
import type { SecretsState } from './secret.ts'

/** What every action works on. */
export type Context = {
  state: SecretsState
  environment: RotationEnvironment
  /** Whether a rotation function of this ARN exists. */
  functionExists(arn: string): boolean
  /** Who asks, where he lacks lambda:InvokeFunction; default: nobody does. */
  lacksInvoke?: string | undefined
  /** Runs work that outlives the answer. */
  background(work: () => Promise<void>): void
}

export const action = actionOn<Context>()

export const SecretId = z.string().min(1).max(2048)
export const Token = z.string().min(32).max(64)
export const Tags = z.array(z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))

/** Epoch milliseconds as AWS JSON writes an instant. */
export const seconds = (ms: number) => ms / 1000
