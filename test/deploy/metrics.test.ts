import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dashboard } from '../../src/deploy/dashboard.ts'
import { auditMetrics, observeMetrics, rotateMetrics } from '../../src/deploy/metrics.ts'
import type { Resources } from '../../src/deploy/template.ts'
import {
  AUDIT_METRICS,
  REASON_METRICS,
  STATUS_METRICS,
  TIME_METRICS,
  UNANNOUNCED,
} from '../../src/model/metric-names.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { findingMetrics, rotationMetrics } from '../../src/notify/embedded-metrics.ts'
import { type NotifierSettings, sendOut } from '../../src/notify/notifier.ts'
import { createFindingsLog } from '../../src/notify/notify-findings.ts'
import { createLog, jsonLogger, logOutput } from '../../src/runtime/logger.ts'
import { auditorOf } from '../audit/auditor.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

type Embedded = {
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[]
}

const LOGGER = join(import.meta.dirname, '../../src/runtime/logger.ts')

/** Lambda's runtime puts a time, the request's id and the level before whatever goes through `console`. */
const SCRIPT = `
  const write = (text) => process.stdout.write('2026-11-24T03:00:00.000Z\\t8f5c3a\\tINFO\\t' + text + '\\n')
  for (const method of ['log', 'info', 'warn', 'error', 'debug']) console[method] = write
  const { jsonLogger } = await import(${JSON.stringify(LOGGER)})
  jsonLogger({ configVersion: '1a2b3c4d5e6f' }).info('settled', { schedule: 'orders-db', status: 'FAILED' })
`

type Line = Record<string, unknown>

/** CloudWatch's filter patterns for JSON, as far as ours go. Source: CloudWatch Logs User Guide, FilterAndPatternSyntax. */
function matches(pattern: unknown, line: Line): boolean {
  const terms = /^\{ (.*) \}$/.exec(String(pattern))?.[1]?.split(' && ') ?? []
  return terms.every((term) => {
    const [, field = '', value] = /^\$\.(\w+) = "([^"]*)"$/.exec(term) ?? []
    return value !== undefined && line[field] === value
  })
}

/** What the filters of these resources make of lines: metrics and their numbers. */
function counted(resources: Resources, lines: Line[]): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.values(resources).map(({ Properties }) => {
      const [{ MetricName, MetricValue } = {}] = Properties.MetricTransformations as Record<string, string>[]
      const theirs = lines.filter((line) => matches(Properties.FilterPattern, line))
      const number = (line: Line) => (MetricValue === '1' ? 1 : line[String(MetricValue).slice(2)])
      return [String(MetricName), theirs.map(number)]
    }),
  )
}

/** Catches lines as the real logger writes them. */
function caught() {
  const lines: Line[] = []
  const { write } = logOutput
  logOutput.write = (line) => void lines.push(JSON.parse(line))
  onTestFinished(() => {
    logOutput.write = write
  })
  return { lines, log: createLog(jsonLogger({ configVersion: '0' })) }
}

it('docs/notifications.md names every metric, docs/audit.md every number of the audit', async () => {
  const read = (name: string) => readFile(join(import.meta.dirname, '../../docs', name), 'utf8')
  const names = [STATUS_METRICS, REASON_METRICS, AUDIT_METRICS, TIME_METRICS].flatMap((it) =>
    Object.values(it),
  )
  const [notifications, audit] = [await read('notifications.md'), await read('audit.md')]
  expect([...names, UNANNOUNCED].filter((name) => !notifications.includes(`\`${name}\``))).toEqual([])
  const { audits: _, ...numbers } = AUDIT_METRICS
  expect(Object.keys(numbers).filter((name) => !audit.includes(`\`${name}\``))).toEqual([])
})

const LOG = { id: 'RotateLogGroup', name: '/aws/lambda/x' } as const

describe('metrics are fed by the lines that are written', () => {
  it.each([
    ['Succeeded', {}],
    ['Skipped', { schedule: { enabled: false } }],
    ['TimedOut', { step: () => ({ delayMs: 10, fails: true }) }],
    [
      'Failed',
      { hook: async () => ({ ok: false }), schedule: { after: [{ invoke: 'h', timeoutSeconds: 1 }] } },
    ],
  ])('a rotation that has %s', async (metric, options: StageOptions) => {
    const stage = simulatedStage(options)
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 3_600_000)
    const found = counted(
      rotateMetrics('prod', LOG),
      stage.log.map((line) => JSON.parse(line)),
    )
    const others = Object.entries(found).filter(([name]) => name !== metric)
    expect([found[metric], ...others.flatMap(([, numbers]) => numbers)]).toEqual([[1]])
  })

  it('an audit, with its numbers', async () => {
    const { lines, log } = caught()
    const stage = simulatedStage()
    const run = auditorOf(stage).run({ log })
    await stage.clock.runUntil(stage.clock.now() + 60_000)
    await run
    const found = counted(auditMetrics('prod', LOG), lines)
    for (const metric of Object.values(AUDIT_METRICS))
      expect({ [metric]: found[metric] }).toEqual({ [metric]: [metric === AUDIT_METRICS.audits ? 1 : 0] })
  })

  it('an announcement that is lost, in each function that tells', async () => {
    const { lines, log } = caught()
    const eventBus = { putEvents: async () => Promise.reject(new Error('no')) }
    const event = {
      detailType: 'x',
      at: '',
      resources: [],
      detail: { schemaVersion: 1, id: 'x', stage: 's' },
    }
    const notifierSettings = { ...({} as NotifierSettings), eventBus, log }
    expect(await sendOut(notifierSettings, [event as never], [])).toBe(false)
    expect(lines).toMatchObject([{ level: 'ERROR', timestamp: expect.stringMatching(/Z$/) }])
    for (const metrics of [rotateMetrics, auditMetrics, observeMetrics])
      expect(counted(metrics('prod', LOG), lines)[UNANNOUNCED]).toEqual([1])
  })

  it('a dead run that the observer has settled', async () => {
    const { lines, log } = caught()
    await createFindingsLog(log)([
      { kind: 'LOST_RUN', key: 'x', message: '' },
      { kind: 'OVERDUE', key: 'x', message: '' },
    ])
    expect(counted(observeMetrics('prod', LOG), lines)).toMatchObject({ LostRuns: [1] })
  })

  it('a gate that could not be read, by its reason', async () => {
    const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' })
    const stage = simulatedStage({ ledgerFault: (call) => (call === 'covering' ? { before: denied } : {}) })
    void stage.deliver()
    await stage.clock.runUntil(INSTANT + 2 * 3_600_000)
    const lines = stage.log.map((line) => JSON.parse(line))
    expect(counted(rotateMetrics('prod', LOG), lines)).toMatchObject({ Skipped: [1], GateUnreadable: [1] })
  })
})

describe('metrics of settled rotations', () => {
  it('by schedule are what the dashboard searches for', () => {
    const rotation = { schedule: 'nightly', status: 'FAILED', skewMs: 1, durationMs: 2 } as Rotation
    const findings = (['MISSED', 'OVERDUE'] as const).map((kind) => ({
      kind,
      key: kind,
      schedule: 'nightly',
      message: '',
    }))
    const lines = [rotationMetrics('prod', rotation, 0), ...findingMetrics('prod', findings, 0)]
    const embedded = lines.flatMap((line) => (line ? (line._aws as Embedded).CloudWatchMetrics : []))
    const { DashboardBody } = dashboard('prod', namesOf('prod')).Dashboard?.Properties ?? {}
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
      level: 'INFO',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
  })
})
