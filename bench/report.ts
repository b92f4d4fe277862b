/**
 * A year's ledger, read and reported by the command as a process: `node bench/report.ts [ROTATIONS…]`, by default
 * 10,000 and 100,000. Time, and the peak of memory. The real DynamoDB client reads from a table that is made up as it
 * is asked for, page by page as DynamoDB pages, so that no database shares the machine's time and memory.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { rotationIdOf } from '../src/model/identity.ts'
import { DAY } from '../src/model/time.ts'

const FROM = Date.UTC(2025, 10, 1, 3)
const DAYS = 365
/** A record of ours has about 1.3 KB, and DynamoDB ends a page at 1 MB: so many a page, rounded down. */
const PAGE = 700

const [, , ...counts] = process.argv
const directory = mkdtempSync(join(tmpdir(), 'bench-'))
// Loaded into the command's process: it says on its way out how much memory it ever had.
writeFileSync(
  join(directory, 'peak.mjs'),
  "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))",
)

console.log('rotations  secrets  command             seconds  peak MB  written MB')
for (const count of counts.length > 0 ? counts.map(Number) : [10_000, 100_000]) await measure(count)
rmSync(directory, { recursive: true })

async function measure(count: number): Promise<void> {
  const secrets = Array.from({ length: Math.round(count / DAYS) }, (_, i) => `prod/service-${i}/database`)
  const config = join(directory, 'prod.yml')
  writeFileSync(
    config,
    `schedules:\n  nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [${secrets}] }\n`,
  )
  const server = createServer(async (request, response) => {
    const asked = (await json(request)) as Asked
    const action = String(request.headers['x-amz-target']).split('.')[1]
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    response.end(JSON.stringify(action === 'Query' ? query(asked, secrets) : { Responses: {} }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const [command, file] of [
    ['report', 'report.html'],
    ['report', 'report.csv'],
    ['history', 'history.csv'],
  ] as const) {
    const out = join(directory, file)
    const range = ['2025-11-01', '2026-11-01']
    const args =
      command === 'report'
        ? ['--from', range[0], '--to', range[1], '--out', out]
        : ['--since', range[0], '--until', range[1], '--csv']
    const { seconds, peak } = await run([command, '--config', config, ...(args as string[])], endpoint, out)
    const figures = [String(seconds.toFixed(1)), peak.toFixed(0), (statSync(out).size / 1e6).toFixed(1)]
    console.log(
      `${String(secrets.length * DAYS).padStart(9)}  ${String(secrets.length).padStart(7)}  ${file.padEnd(18)}${figures.map((it) => it.padStart(9)).join('')}`,
    )
  }
  server.close()
}

async function run(
  args: string[],
  endpoint: string,
  out: string,
): Promise<{ seconds: number; peak: number }> {
  const began = performance.now()
  const main = join(import.meta.dirname, '../src/cli/main.ts')
  const child = spawn(process.execPath, ['--import', join(directory, 'peak.mjs'), main, ...args], {
    env: {
      ...{ ...process.env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' },
    },
    stdio: ['ignore', args.includes('--csv') ? 'pipe' : 'ignore', 'pipe'],
  })
  let told = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  if (child.stdout) {
    const { createWriteStream } = await import('node:fs')
    child.stdout.pipe(createWriteStream(out))
  }
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(told)
  return { seconds: (performance.now() - began) / 1_000, peak: Number(/peak (\d+)/.exec(told)?.[1]) / 1_024 }
}

type Asked = {
  IndexName: string
  ScanIndexForward?: boolean
  ExpressionAttributeValues: Record<string, { S: string }>
  ExclusiveStartKey?: { place: { N: string } }
}

/** A page of an index over the made-up table: every secret at 03:00 on every day. */
function query({ IndexName, ExpressionAttributeValues: values, ...asked }: Asked, secrets: string[]) {
  const [key, from, to] = [':key', ':from', ':to'].map((name) => values[name]?.S ?? '')
  const days = Array.from({ length: DAYS }, (_, day) => new Date(FROM + day * DAY).toISOString()).filter(
    (at) => at >= (from ?? '') && at <= (to ?? '') && (IndexName !== 'byDay' || at.startsWith(key ?? '')),
  )
  if (asked.ScanIndexForward === false) days.reverse()
  const names = IndexName === 'bySecret' ? secrets.filter((name) => name === key) : secrets
  const start = Number(asked.ExclusiveStartKey?.place.N ?? 0)
  const end = Math.min(start + PAGE, days.length * names.length)
  const Items = Array.from({ length: Math.max(0, end - start) }, (_, index) => {
    const place = start + index
    return item(names[place % names.length] ?? '', days[Math.floor(place / names.length)] ?? '')
  })
  return { Items, ...(end < days.length * names.length && { LastEvaluatedKey: { place: { N: `${end}` } } }) }
}

function item(secretName: string, scheduledAt: string) {
  const at = Date.parse(scheduledAt)
  const iso = (ms: number) => new Date(at + ms).toISOString()
  const rotationId = rotationIdOf('nightly', secretName, scheduledAt)
  const fails = at % (11 * DAY) === FROM % (11 * DAY) && secretName.endsWith('7/database')
  const outcome = fails
    ? { status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK', message: 'still AWSPENDING after 15 min' }
    : { status: 'SUCCEEDED', rotatedAt: iso(3_400), durationMs: 3_388 }
  const rotation = {
    ...{ id: rotationId, rotationId, schedule: 'nightly', secret: secretName, secretName, scheduledAt },
    ...{
      trigger: 'SCHEDULE',
      claimedAt: iso(-118_000),
      startedAt: iso(12),
      settledAt: iso(3_460),
      skewMs: 12,
    },
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${secretName}-a1b2c3`,
    ...{ versionId: rotationId, previousVersionId: rotationId, configVersion: '0123456789ab', ...outcome },
    executionArn: `arn:aws:lambda:eu-central-1:123456789012:function:tourbillon-prod-rotate:7/durable-execution/${rotationId}`,
    events: [
      { at: iso(-118_000), status: 'CLAIMED' },
      { at: iso(12), status: 'ROTATING' },
      { at: iso(3_460), status: outcome.status },
    ],
  }
  return attribute(rotation).M
}

type Attribute = { S?: string; N?: string; L?: Attribute[]; M?: Record<string, Attribute> }

function attribute(value: unknown): Attribute {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: `${value}` }
  if (Array.isArray(value)) return { L: value.map(attribute) }
  return { M: Object.fromEntries(Object.entries(value as object).map(([name, it]) => [name, attribute(it)])) }
}
