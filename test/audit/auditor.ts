import { audit } from '../../src/audit/audit.ts'
import type { AuditPorts } from '../../src/audit/ports.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Notice } from '../../src/model/notice.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { ObservePorts } from '../../src/observe/observe.ts'
import type { RunEndPorts } from '../../src/observe/run-end.ts'
import { auditPortsOf, observePortsOf } from '../../src/rehearse/world/stage.ts'
import type { Notification } from '../../src/rotation/notification.ts'
import type { simulatedStage } from '../sim/stage.ts'

type Stage = ReturnType<typeof simulatedStage>

const MINUTE = 60_000

/** The audit of a simulated stage, in its virtual time. What it starts is delivered, once for a name. */
export function auditorOf(stage: Stage) {
  const started = new Set<string>()
  const findings: Finding[] = []
  const given: Notice[] = []
  const told = {
    notify: async (news: Notification) => void stage.told.push(news),
    findings: (found: Finding[]) => void findings.push(...found),
    notice: (notice: Notice) => given.push(notice) > 0,
  }
  const world = auditPortsOf(stage, told, started)
  const run = (parts: Partial<AuditPorts> = {}) => audit({ ...world, config: stage.configNow(), ...parts })
  return {
    world,
    states: world.states,
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
  return observePortsOf(stage, {
    notify: async (news) => void stage.told.push(news),
    findings: (found) => void findings.push(...found),
  })
}

export const rowsOf = (stage: Stage): Rotation[] => [...stage.ledger.rows.values()]
