import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomPassword } from '../rehearse/secrets-manager/actions/get-random-password.ts'
import type { RepeatedToken, RotationEnvironment } from '../rehearse/secrets-manager/rotation.ts'
import { type Fault, faultError, takeFault } from './fault.ts'
import type { Habits } from './habits.ts'
import { invoke, type Lambda } from './lambda/invoke.ts'

/** Rotation functions are the local Lambda's; faults of the service `rotation` hit their steps. */
export function rotationEnvironment(options: {
  lambda: Lambda
  faults: Fault[]
  now: () => number
  log: (line: string) => void
  repeatedToken?: RepeatedToken
  rotationRetryDelaysMs?: number[]
  versionIdOf?: (token: string) => string
  suffix?: (name: string) => string
  habits?: Pick<Habits, 'usedToken'>
}): RotationEnvironment {
  return {
    now: options.now,
    newId: randomUUID,
    repeatedToken: options.repeatedToken ?? 'accept',
    retryDelaysMs: options.rotationRetryDelaysMs ?? [],
    ...(options.habits?.usedToken && { usedToken: options.habits.usedToken }),
    ...(options.versionIdOf && { versionIdOf: options.versionIdOf }),
    ...(options.suffix && { suffix: options.suffix }),
    sleep: (ms) => sleep(ms, undefined, { signal: options.lambda.signal }),
    manage: () => JSON.stringify({ username: 'admin', password: randomPassword({}) }),
    async invoke(functionName, event) {
      options.lambda.signal.throwIfAborted()
      const fault = takeFault(options.faults, 'rotation', event.Step, () => event)
      const error = fault && faultError(fault)
      if (error) throw error
      if (fault?.kind === 'delay') {
        await sleep(fault.delayMs ?? 1000, undefined, { signal: options.lambda.signal })
      }
      const { outcome } = await invoke(options.lambda, {
        functionName,
        type: 'RequestResponse',
        payload: JSON.stringify(event),
      })
      if (outcome && 'error' in outcome) {
        options.log(`rotation function: ${event.Step}: ${outcome.error.errorMessage}`)
        throw new Error(outcome.error.errorMessage)
      }
      if (fault?.kind === 'lost-response') throw new Error('The answer of the rotation function was lost.')
    },
  }
}
