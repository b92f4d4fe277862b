import type { WaveRecord } from '../ledger/waves.ts'
import type { Finding } from '../model/finding.ts'
import { rotationIdOf } from '../model/identity.ts'
import { DELIVERY_MS } from '../model/limits.ts'
import type { Rotation } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { isAlive, isComplete } from './judge.ts'
import type { AuditPorts } from './ports.ts'
import { recordNeverRun } from './record-missed.ts'

/**
 * What became of a wave that was asked for on demand, and has started: a run may end before it has claimed all of its
 * secrets, and nothing catches it up. `over`: each secret has a record now, or there is none to have one. Until then it
 * is looked at again.
 */
export async function accountForRequested(
  asked: Wave | UnresolvedWave,
  wave: WaveRecord,
  ports: AuditPorts,
): Promise<{ over: boolean; findings: Finding[] }> {
  const { name: schedule, occasion, scheduledAt } = asked
  if (wave.secrets === 0 && wave.refused) {
    const { reason, message } = wave.refused
    const kind = reason === 'NOTHING_MATCHED' ? reason : 'SECRETS_NOT_LISTED'
    const told = `nothing rotated for ${schedule} of ${scheduledAt} (${occasion}): ${message}`
    return {
      over: true,
      findings: [{ kind, key: `nothing ${schedule}#${occasion}`, schedule, message: told }],
    }
  }
  const records = 'select' in asked ? await selected(asked, ports) : await named(asked, ports)
  if (isComplete(wave, records)) return { over: true, findings: [] }
  const closes = Date.parse(scheduledAt) + asked.windowSeconds * 1_000
  const now = ports.now()
  if (now < closes + DELIVERY_MS || isAlive({ schedule: asked, records, wave }, now))
    return { over: false, findings: [] }
  const secrets =
    'select' in asked ? (await ports.secretsAt(asked.place).list(asked.select)).names : asked.secrets
  const known = new Set(records.map(({ rotationId }) => rotationId))
  const lacking = secrets.filter((secret) => !known.has(rotationIdOf(schedule, secret, occasion)))
  const message = `a run of its wave (${occasion}) had started at ${wave.startedAt}, and ended before this secret’s turn; the window closed at ${iso(closes)}`
  const findings = await recordNeverRun(asked, lacking, { reason: 'WAVE_LOST', message }, ports)
  return { over: true, findings }
}

async function named({ name, secrets, occasion }: Wave, { ledger }: AuditPorts): Promise<Rotation[]> {
  const found = await Promise.all(secrets.map((secret) => ledger.get(rotationIdOf(name, secret, occasion))))
  return found.filter((record) => record !== undefined)
}

async function selected(
  { name, occasion, scheduledAt }: UnresolvedWave,
  { ledger }: AuditPorts,
): Promise<Rotation[]> {
  const found: Rotation[] = []
  const range = { from: scheduledAt, to: iso(Date.parse(scheduledAt) + 1) }
  for await (const record of ledger.query('bySchedule', name, range))
    if (record.rotationId === rotationIdOf(name, record.secret, occasion)) found.push(record)
  return found
}
