import type { Check } from './check.ts'
import { functionEnabled } from './functions/enabled.ts'
import { functionExists } from './functions/exists.ts'
import type { FunctionFacts } from './functions/facts.ts'
import { functionInvocable } from './functions/invocable.ts'
import { functionNetwork } from './functions/network.ts'
import { functionKey, functionRights } from './functions/rights.ts'
import { functionTimeout } from './functions/timeout.ts'
import { type SelectorFacts, selectorChooses } from './secrets/chosen.ts'
import { secretExists } from './secrets/exists.ts'
import type { SecretFacts } from './secrets/facts.ts'
import { lastRotation } from './secrets/last.ts'
import { nativeRotation } from './secrets/native.ts'
import { overdue } from './secrets/overdue.ts'
import { pendingStuck } from './secrets/pending.ts'
import { secretPrimary } from './secrets/primary.ts'
import { rotationConfigured } from './secrets/rotation.ts'
import { alerts } from './stage/alerts.ts'
import { auditAlive } from './stage/audit.ts'
import { clock } from './stage/clock.ts'
import { concurrency } from './stage/concurrency.ts'
import { deadLetters } from './stage/dead-letters.ts'
import type { StageFacts } from './stage/facts.ts'
import { type HoldFacts, holdForgotten } from './stage/holds.ts'
import { ledgerThere } from './stage/ledger.ts'
import { orchestrator } from './stage/orchestrator.ts'
import { type ScheduleFacts, scheduleStands } from './stage/schedules.ts'
import { zoneData } from './stage/zone-data.ts'

/** Every check, by what it looks at. */
export const checks: {
  stage: Check<StageFacts>[]
  schedule: Check<ScheduleFacts>[]
  hold: Check<HoldFacts>[]
  selector: Check<SelectorFacts>[]
  secret: Check<SecretFacts>[]
  function: Check<FunctionFacts>[]
} = {
  stage: [ledgerThere, orchestrator, concurrency, deadLetters, alerts, auditAlive, clock, zoneData],
  schedule: [scheduleStands],
  hold: [holdForgotten],
  selector: [selectorChooses],
  secret: [
    secretExists,
    secretPrimary,
    rotationConfigured,
    pendingStuck,
    lastRotation,
    nativeRotation,
    overdue,
  ],
  function: [
    functionExists,
    functionEnabled,
    functionInvocable,
    functionTimeout,
    functionNetwork,
    functionRights,
    functionKey,
  ],
}
