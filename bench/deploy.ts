/**
 * What a deploy weighs, and how long packaging takes: `node bench/deploy.ts`.
 * `serverless package` as a whole process, as people and CI run it; the template is the one it leaves for
 * CloudFormation. Medians. `--runs N` (5).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stackPieces } from '../src/deploy/resources.ts'
import { serverlessPackage } from '../test/deploy/service.ts'
import { configOf, yamlOf } from './config.ts'
import { aligned, kib, median, medianTime, ms } from './distribution.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const RUNS = Number(values.runs)
const SETTINGS = { rotationFunctions: ['SecretsManager*'], alertEmails: [], disposable: false }
const most = mostInOneStack()

const rows = [['schedules', 'resources', 'template', 'generated in', 'serverless package']]
rows.push(
  await measured(
    'config/prod.yml',
    'prod',
    readFileSync(join(import.meta.dirname, '../config/prod.yml'), 'utf8'),
  ),
)
for (const count of [10, 100, most])
  rows.push(
    await measured(
      `${count}${count === most ? ', the most in one stack' : ''}`,
      'bench',
      yamlOf(count),
      count,
    ),
  )
console.log(aligned(rows))

async function measured(title: string, stage: string, yaml: string, count?: number): Promise<string[]> {
  const times: number[] = []
  let [resources, bytes] = [0, 0]
  for (let run = 0; run < RUNS; run++) {
    const { code, stderr, seconds, template } = await serverlessPackage(stage, yaml)
    if (code !== 0 || template === undefined) throw new Error(stderr)
    times.push(seconds)
    resources = Object.keys(template.Resources).length
    // As CloudFormation gets it, without the spaces that make it readable.
    bytes = Buffer.byteLength(JSON.stringify(template))
  }
  const generated = count === undefined ? '' : ms(generation(count))
  return [title, String(resources), kib(bytes), generated, `${median(times).toFixed(1)} s`]
}

/** Our part of the template, once the process runs: the median of several. */
function generation(count: number): number {
  const input = inputOf(count)
  return medianTime(() => stackPieces(...input))
}

function inputOf(count: number): Parameters<typeof stackPieces> {
  return [configOf(count), SETTINGS]
}

/** As many schedules of the bench's kind as one stack takes. */
function mostInOneStack(): number {
  const fits = (count: number) => {
    try {
      stackPieces(...inputOf(count))
      return true
    } catch {
      return false
    }
  }
  let [fitting, tooMany] = [100, 1_000]
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2)
    if (fits(middle)) fitting = middle
    else tooMany = middle
  }
  return fitting
}
