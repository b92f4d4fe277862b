import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import type { Diagnosis } from '../doctor/check.ts'
import { openClients } from '../doctor/clients.ts'
import { examineStage } from '../doctor/doctor.ts'
import { type Identity, identify } from '../doctor/identity.ts'
import type { StageOption } from '../model/pasteable.ts'
import { openPorts } from '../runtime/open-ports.ts'
import type { Progress } from './progress.ts'

/** Looks at all that a stage's rotations depend on, by the AWS identity of this process. Throws CannotDo. */
export async function diagnose(
  config: Config,
  { named, now, progress }: { named: StageOption; now(): number; progress: Progress },
): Promise<{ identity: Identity; diagnosis: Diagnosis }> {
  const identity = await withAws('ask AWS who you are', () => identify(now))
  const { secrets, secretsIn, ledger, holds, states, facts } = openPorts(config)
  const diagnosis = await examineStage({
    ...{ config, named, identity, ledger, holds, states, facts },
    now: now(),
    secretsAt: (place) => (place ? secretsIn(place) : secrets),
    clients: openClients(),
    show: (what, done, all) => progress.show(() => `looking at ${what}: ${done} of ${all}`),
  })
  progress.end()
  return { identity, diagnosis }
}
