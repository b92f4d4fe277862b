/**
 * What a deploy weighs, and how long its parts take: `node bench/deploy.ts`.
 * Cold import: a fresh process each, from the bundle as Lambda gets it; the median of several.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Config, Schedule } from '../src/config/config.ts'
import { namesOf } from '../src/config/names.ts'
import { bundle } from '../src/deploy/bundle.ts'
import { stackPieces } from '../src/deploy/resources.ts'
import { desiredSchedules } from '../src/schedules/desired.ts'
import { deadLetterQueueName } from '../src/schedules/names.ts'
import { plan } from '../src/schedules/plan.ts'

const RUNS = 7
const NOW = Date.UTC(2026, 10, 24, 12)
const SETTINGS = {
  config: '',
  rotationFunctions: ['SecretsManager*'],
  alertEmails: [],
  deletionProtection: true,
}

function configOf(count: number): Config {
  const schedules = Array.from({ length: count }, (_, i): Schedule => {
    const when = `cron(${i % 60} ${i % 24} ? * ${(i % 7) + 1} *)`
    const limits = { windowSeconds: 1_800, timeoutSeconds: 900, concurrency: 10 }
    return {
      ...{
        name: `service-${i}-database`,
        when,
        timezone: 'Europe/Paris',
        secrets: [`prod/service-${i}/database`],
      },
      ...{ ...limits, precision: 'minute', enabled: true, ignoreFreezes: [] },
    }
  })
  return { stage: 'bench', version: '1a2b3c4d5e6f', freezes: [], schedules }
}

function median(work: () => number): number {
  const times = Array.from({ length: RUNS }, work).sort((a, b) => a - b)
  return times[Math.floor(RUNS / 2)] ?? Number.NaN
}

function timed(work: () => void): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function row(name: string, ...figures: string[]): void {
  console.log(`${name.padEnd(34)}${figures.map((figure) => figure.padStart(16)).join('')}`)
}

const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`
const ms = (time: number) => `${time.toFixed(time < 10 ? 1 : 0)} ms`

console.log(`Node ${process.version}\n`)
row('handler', 'code at start', 'zipped in all', 'bundling', 'cold import')
for (const name of ['rotate', 'rotate-now']) {
  const handler = join(import.meta.dirname, `../handlers/${name}.ts`)
  const began = performance.now()
  const { archive, startBytes } = await bundle(handler, configOf(100))
  row(
    name,
    kib(startBytes),
    kib(archive.length),
    ms(performance.now() - began),
    ms(await coldImport(handler)),
  )
}

/** From the start of the import to the handler; the process itself (some 40 ms) is there already in Lambda. */
async function coldImport(handler: string): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'tourbillon-bench-'))
  const banner = {
    js: "import{createRequire as benchRequire}from'node:module';const require=benchRequire(import.meta.url);",
  }
  await build({
    ...{ entryPoints: { index: handler }, outdir: directory, outExtension: { '.js': '.mjs' }, banner },
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node24', minify: true },
    mainFields: ['module', 'main'],
  })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(configOf(100)))
  const script =
    'const began = performance.now(); await import(process.argv[1]); console.log(performance.now() - began)'
  const args = ['--input-type=module', '-e', script, join(directory, 'index.mjs')]
  const env = { LAMBDA_TASK_ROOT: directory, AWS_REGION: 'us-east-1' }
  const time = median(() => Number(execFileSync(process.execPath, args, { env })))
  rmSync(directory, { recursive: true })
  return time
}

/** As many schedules of the bench's kind as one stack takes. */
function mostInOneStack(): number {
  const fits = (count: number) => {
    try {
      stackPieces({ config: configOf(count), settings: SETTINGS, inVpc: false, now: NOW })
      return true
    } catch {
      return false
    }
  }
  let [most, tooMany] = [100, 1_000]
  while (tooMany - most > 1) {
    const middle = Math.floor((most + tooMany) / 2)
    if (fits(middle)) most = middle
    else tooMany = middle
  }
  return most
}

console.log()
row('schedules', 'resources', 'template', 'generated in')
for (const count of [1, 10, 100, mostInOneStack()]) {
  const input = { config: configOf(count), settings: SETTINGS, inVpc: false, now: NOW }
  const { Resources } = stackPieces(input)
  const bytes = Buffer.byteLength(JSON.stringify(Resources))
  row(
    String(count),
    String(Object.keys(Resources).length),
    kib(bytes),
    ms(median(() => timed(() => stackPieces(input)))),
  )
}

console.log()
row('schedules', 'plan, all unchanged')
for (const count of [100, 10_000]) {
  const desired = desiredSchedules(configOf(count), NOW)
  const destination = { target: namesOf('bench').rotateAlias, deadLetterQueue: deadLetterQueueName('bench') }
  const live = desired.map((schedule) => ({
    ...schedule,
    ...{ maximumRetryAttempts: 185, flexible: false, actionAfterCompletion: 'NONE' },
    targetArn: `arn:aws:lambda:eu-west-1:123456789012:function:${destination.target}`,
    deadLetterArn: `arn:aws:sqs:eu-west-1:123456789012:${destination.deadLetterQueue}`,
  }))
  const input = { desired, live, version: '1a2b3c4d5e6f', destination, now: NOW }
  row(String(count), ms(median(() => timed(() => plan(input)))))
}
