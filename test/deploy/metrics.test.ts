import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { dashboard } from '../../src/deploy/dashboard.ts'
import { auditMetrics, statusMetrics } from '../../src/deploy/metrics.ts'
import type { Rotation } from '../../src/ledger/rotation.ts'
import { measuredFindings, measuredRotation } from '../../src/notify/measure.ts'
import { AUDIT_METRICS } from '../../src/notify/metric-names.ts'
import { auditorOf } from '../audit/auditor.ts'
import { simulatedStage } from '../sim/stage.ts'

type Embedded = {
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[]
}

const LOGGER = join(import.meta.dirname, '../../src/rotation/logger.ts')

/** Lambda's runtime puts a time, the request's id and the level before whatever goes through `console`. */
const SCRIPT = `
  const write = (text) => process.stdout.write('2026-11-24T03:00:00.000Z\\t8f5c3a\\tINFO\\t' + text + '\\n')
  for (const method of ['log', 'info', 'warn', 'error', 'debug']) console[method] = write
  const { jsonLogger } = await import(${JSON.stringify(LOGGER)})
  jsonLogger({ configVersion: '1a2b3c4d5e6f' }).info('settled', { schedule: 'orders-db', status: 'FAILED' })
`

describe('metrics of settled rotations', () => {
  it('count one status or reason each, in the stage’s own namespace', () => {
    const metrics = Object.values(statusMetrics('prod', '/aws/lambda/tourbillon-prod-rotate'))
    expect(metrics.map(({ Properties }) => Properties.FilterPattern)).toEqual(
      [
        ...['SUCCEEDED', 'SKIPPED', 'FAILED', 'TIMED_OUT'].map((status) => `$.status = "${status}"`),
        '$.reason = "GATE_UNREADABLE"',
      ].map((what) => `{ $.message = "settled" && ${what} }`),
    )
  })

  it('of the audit read numbers that its line has', async () => {
    const stage = simulatedStage()
    const lines: { message: string; fields: Record<string, unknown> }[] = []
    const log = (message: string, fields: Record<string, unknown>) => void lines.push({ message, fields })
    const run = auditorOf(stage).run({ log })
    await stage.clock.runUntil(stage.clock.now() + 60_000)
    await run
    const { message, fields = {} } = lines.at(-1) ?? {}
    expect(message).toBe('audited')
    for (const { Properties } of Object.values(auditMetrics('prod', '/aws/lambda/tourbillon-prod-audit'))) {
      expect(Properties.FilterPattern).toBe('{ $.message = "audited" }')
      const [{ MetricName, MetricValue }] = Properties.MetricTransformations as [Record<string, string>]
      if (MetricName === AUDIT_METRICS.audits) expect(MetricValue).toBe('1')
      else expect(fields[String(MetricValue).slice(2)], MetricName).toBe(0)
    }
  })

  it('by schedule are what the dashboard searches for', () => {
    const rotation = { schedule: 'nightly', status: 'FAILED', skewMs: 1, durationMs: 2 } as Rotation
    const findings = (['MISSED', 'OVERDUE'] as const).map((kind) => ({
      kind,
      key: kind,
      schedule: 'nightly',
      message: '',
    }))
    const lines = [measuredRotation('prod', rotation, 0), ...measuredFindings('prod', findings, 0)]
    const embedded = lines.flatMap((line) => (line ? (line._aws as Embedded).CloudWatchMetrics : []))
    const { DashboardBody } = dashboard('prod').Dashboard?.Properties ?? {}
    const searches = JSON.stringify(DashboardBody).replaceAll('\\', '')
    for (const { Namespace, Dimensions, Metrics } of embedded) {
      expect(searches).toContain(`{"${Namespace}","${Dimensions}"}`)
      for (const { Name } of Metrics) expect(searches).toContain(`MetricName="${Name}"`)
    }
    expect(embedded.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)).sort()).toEqual([
      'Duration',
      'Failed',
      'Missed',
      'Overdue',
      'Skew',
    ])
  })

  it('read a line of the log as Lambda keeps it', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT])
    expect(JSON.parse(stdout)).toMatchObject({
      message: 'settled',
      status: 'FAILED',
      configVersion: '1a2b3c4d5e6f',
    })
  })
})
