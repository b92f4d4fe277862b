import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { doctor } from '../../src/cli/doctor.ts'
import { report } from '../../src/cli/report.ts'
import { status } from '../../src/cli/status.ts'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import { type Console, startConsole } from '../../src/console/server/server.ts'
import type { Finding } from '../../src/model/finding.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { openPorts } from '../../src/runtime/open-ports.ts'
import { openPage } from '../console/server/client.ts'
import { type Stage, startStage } from './stage.ts'
import { runCommand } from './terminal.ts'

const YAML = `defaults: { timezone: UTC }
schedules:
  named: { when: cron(0 3 1 1 ? *), secrets: [app/strict, app/young, app/lax], maxAge: 500d }
  stricter: { when: cron(0 3 2 1 ? *), secrets: [app/strict], maxAge: 1d }
  chosen: { when: cron(0 4 1 1 ? *), secrets: { tags: { fleet: x } }, maxAge: 2d }
  disabled: { when: cron(0 5 1 1 ? *), secrets: [app/asleep, app/lax], maxAge: 1d, enabled: false }
  careless: { when: cron(0 6 1 1 ? *), secrets: [app/careless] }
`
const DAY = 86_400_000

let on: Stage
let config: Config
let served: Console
/** Three days after all secrets were made: whoever may be a day or two old is overdue. */
let now: number
beforeAll(async () => {
  on = await startStage('answer', YAML)
  const loaded = parseConfig(on.file, YAML)
  if (!loaded.ok) throw new Error('the config is wrong')
  config = loaded.config
  const client = new SecretsManagerClient({})
  for (const name of ['strict', 'young', 'lax', 'asleep', 'careless', 'chosen', 'other']) {
    const Tags = name === 'chosen' ? [{ Key: 'fleet', Value: 'x' }] : []
    await client.send(new CreateSecretCommand({ Name: `app/${name}`, SecretString: 'one', Tags }))
  }
  now = Date.now() + 3 * DAY
  served = await startConsole({
    ...{ config, file: on.file, port: 0, now: () => now, endpoint: on.aws.endpoint, announce: () => {} },
    complain: () => {},
  })
})
afterAll(async () => {
  await served.stop()
  await on.stop()
})

/** The audit's own code on the real table and secrets, at the moment of everybody else's question. */
async function audited(): Promise<Finding[]> {
  const { secrets, secretsIn, ...world } = openPorts(config, namesOf('answer').ledgerTable)
  const found: Finding[] = []
  await audit({
    ...world,
    secretsAt: (place) => (place ? secretsIn(place) : secrets),
    start: async (key) => ({ execution: key }),
    notify: async () => {},
    sendNotice: async () => true,
    notifyFindings: async (findings) => void found.push(...findings),
    now: () => now,
    deadline: Number.POSITIVE_INFINITY,
    log: () => {},
  })
  return found
}

const asked = async (command: typeof status, ...args: string[]) => {
  const { out, code } = await runCommand(command, ['--json', '--config', on.file, ...args], {
    now: new Date(now).toISOString(),
  })
  return { code, ...JSON.parse(out) }
}
const sorted = (names: (string | undefined)[]) => names.toSorted()

describe('which secrets are overdue', () => {
  it('is not known before the audit has looked, and that is said', async () => {
    const { ok, ages, code } = await asked(status)
    expect([ok, code]).toEqual([false, 1])
    expect(ages).toEqual({ lookedAt: null, unlisted: 0, unknown: expect.stringMatching(/has not looked/) })
  })

  it('has one answer from audit, doctor, status and console', async () => {
    const expected = ['app/chosen', 'app/strict']
    const findings = await audited()
    expect(sorted(findings.filter(({ kind }) => kind === 'OVERDUE').map(({ secret }) => secret))).toEqual(
      expected,
    )
    const diagnosed: { findings: { check: string; subject: string }[] } = await asked(doctor)
    const overdue = diagnosed.findings.filter(({ check }) => check === 'overdue')
    expect(sorted(overdue.map(({ subject }) => subject))).toEqual(expected)
    const said = await asked(status)
    expect(sorted(said.overdue.map(({ secretName }: { secretName: string }) => secretName))).toEqual(expected)
    expect(said.overdue).toContainEqual(
      expect.objectContaining({ secretName: 'app/strict', schedule: 'stricter', maxAgeMs: DAY }),
    )
    expect(said.ages).toEqual({ lookedAt: new Date(now).toISOString(), unlisted: 0, unknown: null })
    const page = await openPage(served)
    const { ages } = await page.read('GET /api/now')
    expect(sorted(ages.overdue.map(({ secretName }) => secretName))).toEqual(expected)
  })

  it('is said to be unknown of one that could not be looked at', async () => {
    now += 3_600_000
    on.aws.faults.push({
      ...{ service: 'secretsmanager', action: 'DescribeSecret', times: 9, kind: 'error' },
      ...{ code: 'AccessDeniedException', status: 400 },
      match: (input) => (input as { SecretId: string }).SecretId === 'app/young',
    })
    await audited()
    on.aws.faults.length = 0
    const { ok, ages } = await asked(status)
    expect(ok).toBe(false)
    expect(ages.unknown).toMatch(/one could not be looked at: app\/young: .*AccessDenied/)
  })
})

describe('which secrets are under policy', () => {
  it('has one answer from report and doctor', async () => {
    const { secrets } = await asked(report, '--from', new Date(now - 28 * DAY).toISOString())
    const under = secrets.filter(({ underPolicy }: { underPolicy: boolean }) => underPolicy)
    expect(sorted(under.map(({ secretName }: { secretName: string }) => secretName))).toEqual(
      ['careless', 'chosen', 'lax', 'strict', 'young'].map((name) => `app/${name}`),
    )
  })
})

describe('how old the secrets of a new stage became', () => {
  it('is counted from their creation, never from the beginning of the period', async () => {
    const { secrets } = await asked(report, '--from', new Date(now - 28 * DAY).toISOString())
    const { oldestMs, atLeast } = secrets.find(
      ({ secretName }: { secretName: string }) => secretName === 'app/young',
    )
    expect(Math.round(oldestMs / DAY)).toBe(3)
    expect(atLeast).toBe(false)
  })

  it('is not known where Secrets Manager may not be asked and the ledger has no record', async () => {
    on.aws.faults.push({
      ...{ service: 'secretsmanager', action: '*', times: 99, kind: 'error' },
      ...{ code: 'AccessDeniedException', status: 400 },
    })
    const { secrets, unread } = await asked(report, '--from', new Date(now - 28 * DAY).toISOString())
    on.aws.faults.length = 0
    const young = secrets.find(({ secretName }: { secretName: string }) => secretName === 'app/young')
    expect([young.oldestMs, young.lastChange]).toEqual([null, null])
    expect(unread.join()).toMatch(/AccessDenied/)
  })
})
