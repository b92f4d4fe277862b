import { audit } from '../../src/audit/audit.ts'
import type { AuditPorts } from '../../src/audit/ports.ts'
import { openSecrets } from '../../src/aws/secrets.ts'
import type { AuditState, AuditStates } from '../../src/ledger/audit-state.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Notice } from '../../src/model/notice.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { DEFAULT_TOLERANCES } from '../../src/model/tolerances.ts'
import type { ObservePorts } from '../../src/observe/observe.ts'
import type { RunEndPorts } from '../../src/observe/run-end.ts'
import { memoryNotices } from '../sim/ledger.ts'
import type { simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const MINUTE = 60_000

/** The watermark in memory: test/audit/state.test.ts holds it and the table to one contract. */
export function memoryStates(): AuditStates {
  let [state, revision]: [AuditState | undefined, number] = [undefined, 0]
  return {
    get: async () => ({ ...(state && { state: structuredClone(state) }), revision }),
    async put(next, of) {
      if (of !== revision) return false
      state = structuredClone(next)
      revision++
      return true
    },
  }
}

/** The audit of a simulated stage, in its virtual time. What it starts is delivered, once for a name. */
export function auditorOf(stage: Stage) {
  const states = memoryStates()
  const started = new Set<string>()
  const findings: Finding[] = []
  const given: Notice[] = []
  const world: AuditPorts = {
    config: stage.config,
    ledger: stage.ledger,
    holds: stage.holds,
    exceptions: stage.exceptions,
    waves: stage.waves,
    deliveries: stage.deliveries,
    approvals: stage.approvals,
    requests: stage.requests,
    policies: stage.policies,
    readTolerances: async () => DEFAULT_TOLERANCES,
    notices: memoryNotices(),
    states,
    readers: { of: async () => ({ readers: [], full: false }) },
    secretsAt: () => openSecrets(stage.aws.client),
    async start(key, request) {
      if (!started.has(key)) {
        started.add(key)
        stage.deliver(request).catch(() => {})
      }
      return { execution: key }
    },
    notify: async (news) => void stage.told.push(news),
    notifyFindings: async (found) => void findings.push(...found),
    sendNotice: async (notice) => given.push(notice) > 0,
    now: stage.clock.now,
    deadline: Number.POSITIVE_INFINITY,
    log: () => {},
  }
  const run = (parts: Partial<AuditPorts> = {}) => audit({ ...world, config: stage.configNow(), ...parts })
  return {
    world,
    states,
    started,
    findings,
    given,
    run,
    /** One run at an instant (epoch ms). */
    async at(instant: number, parts: Partial<AuditPorts> = {}) {
      await stage.clock.runUntil(instant)
      const report = run(parts)
      await stage.clock.runUntil(instant + MINUTE)
      return report
    },
    /** A run every five minutes, from one instant to another. */
    async every5Minutes(from: number, to: number) {
      for (let at = from; at <= to; at += 5 * MINUTE) await this.at(at)
    },
    kinds: () => findings.map(({ kind }) => kind),
  }
}

/** What `observe` needs, of a simulated stage. */
export function observerOf(stage: Stage, findings: Finding[] = []): ObservePorts & RunEndPorts {
  return {
    config: stage.config,
    ledger: stage.ledger,
    waves: stage.waves,
    readTolerances: async () => DEFAULT_TOLERANCES,
    secretsAt: () => openSecrets(stage.aws.client),
    now: stage.clock.now,
    notify: async (news) => void stage.told.push(news),
    notifyFindings: async (found) => void findings.push(...found),
    log: () => {},
  }
}

export const rowsOf = (stage: Stage): Rotation[] => [...stage.ledger.rows.values()]
