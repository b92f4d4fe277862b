/**
 * `npx aws-tourbillon plan` against live schedules, as a whole process over HTTP: `node bench/plan.ts`.
 * The local AWS answers at once, or after a delay as a region might; it shares the machine with the command. Calls are
 * those that arrived. The schedules are deployed as they stand in the config, so that every field is compared and all
 * are found unchanged. Medians. `--runs N` (5).
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { putSchedules } from '../src/demo/schedules.ts'
import { startLocalAws } from '../src/local/aws.ts'
import { namesOf } from '../src/model/resource-names.ts'
import { desiredSchedules, MAXIMUM_RETRY_ATTEMPTS } from '../src/schedules/desired.ts'
import { plan } from '../src/schedules/plan.ts'
import { configOf, yamlOf } from './config.ts'
import { aligned, median, medianTime, ms } from './distribution.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const RUNS = Number(values.runs)
const DELAYS = [0, 20]
const MAIN = join(import.meta.dirname, '../src/cli/main.ts')
const TARGET = `arn:aws:lambda:eu-central-1:123456789012:function:${namesOf('bench').rotateAlias}`
const QUEUE = `arn:aws:sqs:eu-central-1:123456789012:${namesOf('bench').deadLetterQueue}`

const directory = mkdtempSync(join(tmpdir(), 'tourbillon-bench-'))
const rows = [['live schedules', 'calls', ...DELAYS.map((delay) => `answers in ${delay} ms`), 'comparing']]
try {
  for (const count of [10, 100, 1_000]) rows.push(await measured(count))
  console.log(aligned(rows))
} finally {
  rmSync(directory, { recursive: true })
}

async function measured(count: number): Promise<string[]> {
  const aws = await startLocalAws()
  try {
    const file = join(directory, 'bench.yml')
    writeFileSync(file, yamlOf(count))
    Object.assign(process.env, aws.env)
    const schedules = desiredSchedules(configOf(count))
    await putSchedules('bench', schedules, aws.arnOfFunction(namesOf('bench').rotateFunction))
    const figures: string[] = []
    let calls = 0
    for (const delayMs of DELAYS) {
      if (delayMs > 0)
        aws.faults.push({
          service: 'scheduler',
          action: '*',
          times: Number.POSITIVE_INFINITY,
          kind: 'delay',
          delayMs,
        })
      const times: number[] = []
      for (let run = 0; run < RUNS; run++) {
        aws.calls.length = 0
        const began = performance.now()
        const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'plan', '--config', file], {
          env: { PATH: process.env.PATH, ...aws.env },
        })
        times.push(performance.now() - began)
        calls = aws.calls.filter(({ service }) => service === 'scheduler').length
        if (!stdout.includes(`${count} unchanged`)) throw new Error(stdout)
      }
      figures.push(ms(median(times)))
    }
    return [String(count), String(calls), ...figures, ms(comparing(count))]
  } finally {
    await aws.stop()
  }
}

/** The comparison alone, in a process that has done it before. */
function comparing(count: number): number {
  const now = Date.now()
  const config = configOf(count)
  const live = desiredSchedules(config).map((schedule) => ({
    ...schedule,
    ...{ maximumRetryAttempts: MAXIMUM_RETRY_ATTEMPTS, flexible: false, actionAfterCompletion: 'NONE' },
    ...{ targetArn: TARGET, deadLetterArn: QUEUE },
  }))
  const { rotateAlias: target, deadLetterQueue } = namesOf('bench')
  const destination = { target, deadLetterQueue }
  const { version } = config
  return medianTime(() => plan({ desired: desiredSchedules(config), live, version, destination, now }))
}
