import type { CallerProof } from '../model/caller.ts'
import { iso } from '../model/time.ts'
import { proofProblem } from '../rotation/rotate-now-event.ts'
import type { AuditRun } from './ports.ts'

/** Of one run: the next goes on, and a proof is good for three of them. */
const MOST_PROOFS = 100

/** For all of them, where STS is silent: what is planned starts five minutes ahead at least. ms */
const MOST_MS = 20_000

/**
 * Has STS say whose the deeds are that people have written to the table, and keeps that where the stage's roles alone
 * write. A proof that is wrong or too old proves nothing, and nothing comes of it. While STS does not say, it is asked
 * again by the next run. Nothing here decides what is held, skipped or moved. Decision 0173.
 */
export async function checkProofs(ports: AuditRun): Promise<void> {
  const until = Math.min(ports.deadline, ports.now() + MOST_MS)
  let left = MOST_PROOFS
  try {
    for await (const kept of ports.proofs.open()) {
      if (left-- === 0 || ports.now() >= until) break
      await check(kept, ports).catch(ports.failed)
    }
  } catch (error) {
    ports.failed(error)
  }
}

type Kept = ReturnType<AuditRun['proofs']['open']> extends AsyncGenerator<infer One> ? One : never

async function check({ deed, proof, key }: Kept, ports: AuditRun): Promise<void> {
  if (deed === undefined || proofProblem(proof) !== undefined) return ports.proofs.close(key)
  const { stage } = ports.config
  const { caller, passing } = await ports.checkProof({ stage, ...deed }, proof as CallerProof)
  const known = 'notProved' in caller && !passing ? await ports.callers.get(deed) : undefined
  // Why STS has not said it before is more than that it is too late now.
  if (known === undefined) await ports.callers.keep(deed, { caller, at: iso(ports.now()) })
  if (!passing) await ports.proofs.close(key)
}
