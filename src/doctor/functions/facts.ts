import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { Lookup } from '../lookup.ts'
import type { Network } from './read-network.ts'
import type { Simulated } from './simulate.ts'

/** A secret that a rotation function rotates. `keyArn`: of its own KMS key, where it has one. */
export type RotatedSecret = { name: string; arn: string; keyArn?: string }

/** What was looked up about one rotation function. Without its configuration, nothing else was looked up. */
export type FunctionFacts = {
  arn: string
  secrets: RotatedSecret[]
  configuration: Lookup<FunctionConfiguration | undefined>
  /** Reserved concurrency; undefined: none. */
  reserved: Lookup<number | undefined>
  /** Its resource policy, JSON; undefined: none. */
  policy: Lookup<string | undefined>
  /** Of its VPC; undefined: it runs in none. */
  network: Lookup<Network | undefined>
  /** What its role may do with its secrets, and with their keys. */
  rights: Lookup<Simulated[] | undefined>
  keyRights: Lookup<Simulated[] | undefined>
}

/** Its configuration, where it could be looked up and there is one. */
export function configurationOf({ configuration }: FunctionFacts): FunctionConfiguration | undefined {
  return 'found' in configuration ? configuration.found : undefined
}
