import type { LocalAwsOptions } from '../../src/local/aws.ts'
import type { BusEvent } from '../../src/local/news.ts'
import type { UsedToken } from '../../src/local/secrets-manager/rotation.ts'

/** A local AWS that differs in just one thing. A function of it has to be in the process of the local AWS: hence names. */
export const LIES = {
  honest: {},
  'another version than the token': { versionIdOf: (token) => `${token.slice(0, -4)}0000` },
  'used tokens that rotate again': { habits: { usedToken: () => 'again' } },
  'used tokens that are refused': { habits: { usedToken: (): UsedToken => 'refused' } },
  'names per account': { habits: { executionNames: 'account' } },
  'names per function': { habits: { executionNames: 'function' } },
  'an event that is lost': { habits: { heard: without((it) => /Verify/.test(it['detail-type'])) } },
  'a text that is lost': { habits: { handsOn: ({ text }) => !/^This is a test/.test(text) } },
  'a clock five seconds ahead': { functionEnv: { CHAOS_AHEAD: '5000' } },
  'no need of lambda:InvokeFunction': { habits: { rotateNeedsInvoke: false } },
} as const satisfies Record<string, LocalAwsOptions>

export type Lie = keyof typeof LIES

function without(lost: (event: BusEvent) => boolean) {
  return (event: BusEvent) => (lost(event) ? undefined : event)
}
