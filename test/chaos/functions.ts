import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import type { LocalFunction } from '../../src/local/aws.ts'
import { type Random, seeded } from '../../src/rehearse/world/random.ts'
import type { HookEvent } from '../../src/rotation/hooks.ts'
import { rotatesWithoutDatabase } from '../local/rotates.ts'
import type { Happened } from './happened.ts'

/**
 * The user's own functions, as they are on a bad day: a rotation function that is slow, fails, hangs, or leaves
 * AWSPENDING where its template did, one that always breaks, one that breaks for half a minute; hooks that veto, fail, or take too long. `clear`: they behave from now on.
 */
export function usersFunctions(seed: number, endpoint: string, calm: boolean) {
  const random = seeded(seed + 7)
  const client = new SecretsManagerClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'rotation-function', secretAccessKey: 'local' },
  })
  const fine = rotatesWithoutDatabase(client)
  const state = { calm }
  const firstAsked = new Map<string, number>()
  const hooks: Happened['hooks'] = []
  const refreshes: Happened['refreshes'] = []
  const bad = (probability: number) => !state.calm && random.chance(probability)

  const rotate: LocalFunction = async (event) => {
    const { Step } = event as { Step: string }
    await sleep(random.between(200, state.calm ? 1_500 : 4_000))
    if (bad(0.02)) await sleep(90_000)
    if (bad(0.03)) throw new Error(`${Step} fails`)
    const answer = await fine(event)
    if (Step === 'finishSecret' && random.chance(0.5)) await withoutPending(client, event)
    // It has done its work, and Secrets Manager does not hear of it.
    if (bad(0.02)) throw new Error(`the answer of ${Step} is lost`)
    return answer
  }
  return {
    rotate,
    'rotate-broken': (async (event) => {
      await sleep(random.between(200, 1_500))
      if ((event as { Step: string }).Step === 'setSecret') throw new Error('setSecret always fails')
      return fine(event)
    }) satisfies LocalFunction,
    'rotate-shaky': (async (event) => {
      const { Step, ClientRequestToken } = event as Record<'Step' | 'ClientRequestToken', string>
      const since = firstAsked.get(ClientRequestToken) ?? Date.now()
      firstAsked.set(ClientRequestToken, since)
      await sleep(random.between(200, 1_000))
      if (Step === 'setSecret' && Date.now() < since + SHAKY_MS) throw new Error('the database restarts')
      return fine(event)
    }) satisfies LocalFunction,
    refresh: (async (event) => {
      const { rotationId, consumer } = event as Record<'rotationId' | 'consumer', string>
      const call = { at: Date.now(), rotationId, consumer, ok: false }
      refreshes.push(call)
      await sleep(random.between(50, 1_000))
      if (bad(0.1)) throw new Error('it cannot refresh now')
      call.ok = true
      if (bad(0.1)) throw new Error('it has refreshed, and its answer is lost')
      return { ok: true }
    }) satisfies LocalFunction,
    'before-hook': hook(random, bad, hooks),
    'after-hook': hook(random, bad, hooks),
    /** Calls so far, of the function that refreshes, and of hooks. */
    refreshes,
    hooks,
    clear() {
      state.calm = true
    },
  }
}

/** Longer than AWS attempts it again by itself; shorter than until we do. */
const SHAKY_MS = 30_000

/** Some templates take AWSPENDING away once it is AWSCURRENT. */
async function withoutPending(client: SecretsManagerClient, event: unknown) {
  const { SecretId, ClientRequestToken } = event as Record<string, string>
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
  if (!VersionIdsToStages[ClientRequestToken ?? '']?.includes('AWSPENDING')) return
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: ClientRequestToken,
    }),
  )
}

function hook(
  random: Random,
  bad: (probability: number) => boolean,
  asked: Happened['hooks'],
): LocalFunction {
  return async (event) => {
    const { rotationId, hook } = event as HookEvent
    const call = { at: Date.now(), rotationId, hook, ok: false }
    asked.push(call)
    await sleep(random.between(50, 800))
    if (bad(0.05)) await sleep(15_000)
    if (bad(0.05)) throw new Error('the hook fails')
    call.ok = !bad(0.08)
    return call.ok ? { ok: true } : { ok: false, reason: 'not today' }
  }
}
