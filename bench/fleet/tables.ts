import { aligned } from '../distribution.ts'
import { type Figures, sumOf } from './figures.ts'

export const number = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const mb = (bytes: number) => `${number(bytes / 1e6, bytes < 1e7 ? 2 : 0)} MB`
const kb = (bytes: number) => `${number(bytes / 1_024, 1)} KiB`

/** Seconds, minutes or hours. */
export function span(ms: number): string {
  if (ms < 120_000) return `${number(ms / 1_000, 1)} s`
  return ms < 7_200_000 ? `${number(ms / 60_000, 1)} min` : `${number(ms / 3_600_000, 1)} h`
}

/** How long waves take, and what the machine spent on them. */
export function duration(measured: Figures[]): string {
  const rows = measured.map((it) => [
    number(it.secrets),
    number(it.concurrency),
    ...(it.virtualMs === undefined ? [] : [span(it.virtualMs)]),
    span(it.wallMs),
    number((it.secrets * 1_000) / (it.virtualMs ?? it.wallMs), 2),
    `${number(it.cpuMs / it.secrets, 2)} ms`,
    mb(it.peakBytes),
    mb(it.keptBytes),
  ])
  const simulated = measured.some(({ virtualMs }) => virtualMs !== undefined)
  return aligned([
    [
      'secrets',
      'at once',
      ...(simulated ? ['simulated time'] : []),
      'real time',
      'rotations/s',
      'CPU/rotation',
      'peak RSS',
      'heap grown',
    ],
    ...rows,
  ])
}

/** What each rotation takes as waves grow, and how it relates to the size before: 1.00 where it stays. */
export function growth(measured: Figures[]): string {
  const rows: [string, (it: Figures) => number | undefined, number][] = [
    ...actionsOf(measured).map((action): (typeof rows)[number] => [
      action,
      ({ calls }) => calls[action] ?? 0,
      2,
    ]),
    ['events announced', ({ announced }) => announced, 2],
    ['DynamoDB write units', ({ units }) => units?.write, 2],
    ['DynamoDB read units', ({ units }) => units?.read, 2],
    ['durable operations', ({ executions }) => sumOf(executions).operations, 2],
    ['durable payloads, bytes', ({ executions }) => sumOf(executions).payloadBytes, 0],
    ['checkpoints as sent, bytes', ({ executions }) => sumOf(executions).sentBytes || undefined, 0],
    ['starts of the function', ({ executions }) => sumOf(executions).invocations || undefined, 2],
    ['function running, ms', ({ executions }) => sumOf(executions).ranMs || undefined, 1],
    ['CPU, ms', ({ cpuMs }) => cpuMs, 2],
    ['heap grown, KiB', ({ keptBytes }) => keptBytes / 1_024, 1],
  ]
  const cells = ([name, of, digits]: (typeof rows)[number]) => {
    const each = measured.map((it) => (of(it) ?? Number.NaN) / it.secrets)
    const ratios = each.slice(1).map((value, index) => `× ${number(value / (each[index] ?? Number.NaN), 2)}`)
    return [name, ...each.map((value) => number(value, digits)), ...ratios]
  }
  const known = rows.filter(([, of]) => measured.some((it) => of(it) !== undefined))
  const sizes = measured.map(({ secrets }) => number(secrets))
  return aligned([
    ['per rotation', ...sizes, ...sizes.slice(1).map((size) => `→ ${size}`)],
    ...known.map(cells),
  ])
}

function actionsOf(measured: Figures[]): string[] {
  return [...new Set(measured.flatMap(({ calls }) => Object.keys(calls)))].sort()
}

/** What Lambda allows one durable execution. Source: Lambda Developer Guide, gettingstarted-limits. */
const LIMITS = { operations: 3_000, bytes: 100e6, payload: 256 * 1_024 }

/** The executions of each wave, and how near the largest comes to Lambda's limits. */
export function limits(measured: Figures[]): string {
  const of = (value: number, limit: number, text: string) => `${text} (${number((100 * value) / limit, 1)} %)`
  const rows = measured.map(({ secrets, concurrency, fails, timeoutSeconds = 900, executions }) => {
    const operations = Math.max(...executions.map((it) => it.operations))
    const bytes = Math.max(...executions.map((it) => Math.max(it.payloadBytes, it.sentBytes)))
    const payload = Math.max(...executions.map((it) => it.largestPayload))
    return [
      number(secrets),
      number(concurrency),
      fails ? `stuck, ${span(timeoutSeconds * 1_000)}` : 'well',
      number(executions.length),
      of(operations, LIMITS.operations, number(operations)),
      of(bytes, LIMITS.bytes, mb(bytes)),
      of(payload, LIMITS.payload, kb(payload)),
    ]
  })
  return aligned([
    [
      'secrets',
      'at once',
      'rotations end',
      'executions',
      'most operations (3,000)',
      'most bytes (100 MB)',
      'payload (256 KiB)',
    ],
    ...rows,
  ])
}
