import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { Look } from '../lookup.ts'
import type { Network } from './read-network.ts'
import type { Simulated } from './simulate.ts'

/** A secret that a rotation function rotates. `keyArn`: of its own KMS key, where it has one. */
export type Rotated = { name: string; arn: string; keyArn?: string }

/** What was looked up about one rotation function. Where its configuration was not seen, nothing else was looked up. */
export type FunctionFacts = {
  arn: string
  secrets: Rotated[]
  configuration: Look<FunctionConfiguration | undefined>
  /** Reserved concurrency; undefined: none. */
  reserved: Look<number | undefined>
  /** Its resource policy, JSON; undefined: none. */
  policy: Look<string | undefined>
  /** Of its VPC; undefined: it runs in none. */
  network: Look<Network | undefined>
  /** What its role may do with its secrets, and with their keys. */
  rights: Look<Simulated[] | undefined>
  keyRights: Look<Simulated[] | undefined>
}

/** Its configuration, where it was seen and there is one. */
export function configured({ configuration }: FunctionFacts): FunctionConfiguration | undefined {
  return 'seen' in configuration ? configuration.seen : undefined
}

/** `a, b, c and 4 more`. */
export function listed(names: string[], most = 3): string {
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return names.slice(0, most).join(', ') + more
}
