/**
 * Verdict: how long after a version has become AWSCURRENT its outcome is in the ledger, and the looks (DescribeSecret)
 * that a rotation takes: `node bench/verdict.ts`.
 *
 * Rotations of about 1 s, 5 s, 30 s and 2 min, each spread over a fifth more and less so that they do not end in step
 * with the looks. All of them at once, each in an execution of its own, started on demand. Twice: the first time
 * nothing is known of a secret, the second time its last rotation is. Half of them have `observe` told of Secret Label
 * Updated as it happens, half have not.
 *
 * `--each N` (40): rotations of each length; `--longest S` (120) leaves the longer ones out. As it is it takes about
 * five and a half minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { namesOf } from '../src/model/resource-names.ts'
import type { SecretEvent } from '../src/rehearse/secrets-manager/secret.ts'
import type { RotateNowAnswer } from '../src/rotation/rotate-now.ts'
import { aligned, distribution, figures, HEADER, machine, time } from './distribution.ts'
import { startBenchStage } from './stage.ts'

const { values } = parseArgs({
  options: { each: { type: 'string', default: '40' }, longest: { type: 'string', default: '120' } },
})
const EACH = Number(values.each)
const SECONDS = [1, 5, 30, 120].filter((seconds) => seconds <= Number(values.longest))
const STAGE = 'verdict'

type Measured = { seconds: number; observed: boolean; round: 1 | 2 }
type Timed = Measured & { current?: number; written?: number; settledAt?: number; looks: number }

/** Name → milliseconds: evenly over a fifth less to a fifth more. */
const takes = new Map<string, number>()
const kinds = new Map<string, { seconds: number; observed: boolean }>()
for (const seconds of SECONDS) {
  for (let i = 0; i < EACH; i++) {
    const name = `takes/${seconds}s/${i}`
    takes.set(name, seconds * 1_000 * (0.8 + (0.4 * (i + 0.5)) / EACH))
    kinds.set(name, { seconds, observed: i % 2 === 1 })
  }
}

const stage = await startBenchStage(
  STAGE,
  `defaults: { timezone: UTC }\nschedules:\n  yearly: { when: cron(0 3 1 1 ? *), secrets: [${[...takes.keys()]}] }\n`,
)
const { aws, ledger } = stage
const { handler: observe } = await import('../handlers/observe.ts')

/** By rotation id. */
const timed = new Map<string, Timed>()
/** The rotation of a secret that is under way. */
const underWay = new Map<string, Timed>()

aws.secretsManager.listeners.push((event) => {
  const { type, at, secretName, label } = event
  const rotation = underWay.get(secretName)
  if (type !== 'LabelUpdated' || label !== 'AWSCURRENT' || !rotation) return
  rotation.current = at
  if (rotation.observed) void observe(labelUpdated(event))
})
// The orchestrator asks by name, the rotation function by ARN.
stage.watch('secretsmanager', 'DescribeSecret', (input) => {
  const rotation = underWay.get((input as { SecretId: string }).SecretId)
  if (rotation) rotation.looks++
})
/** The write itself: an update that sets `settledAt`. */
stage.watch('dynamodb', 'UpdateItem', (input) => {
  const { Key, ExpressionAttributeNames = {} } = input as {
    Key: { id: { S: string } }
    ExpressionAttributeNames?: Record<string, string>
  }
  const rotation = timed.get(Key.id.S)
  if (rotation && '#settledAt' in ExpressionAttributeNames) rotation.written ??= Date.now()
})

/** As EventBridge gives it: whole seconds. Source: Secrets Manager User Guide, Secret Label Updated. */
function labelUpdated({ at, secretArn, secretName, versionId }: SecretEvent) {
  return {
    source: 'aws.secretsmanager',
    'detail-type': 'Secret Label Updated',
    time: `${new Date(at).toISOString().slice(0, 19)}Z`,
    resources: [secretArn],
    detail: { name: secretName, labelUpdated: 'AWSCURRENT', versionId },
  }
}

await stage.secrets(takes)
const lambda = new LambdaClient({})
const longest = Math.max(...SECONDS) * 1.2
console.log(machine())
console.log(`${EACH} rotations each of ${SECONDS.join(', ')} s, twice\n`)
for (const round of [1, 2] as const) {
  const longestFirst = [...kinds].reverse()
  for (const [name, kind] of longestFirst) {
    await startOne(name, { ...kind, round })
    // Not in step either.
    await sleep(37)
  }
  await allSettled()
}
await stage.stop()

async function startOne(name: string, measured: Measured): Promise<void> {
  const rotation: Timed = { ...measured, looks: 0 }
  underWay.set(name, rotation)
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: namesOf(STAGE).rotateNowFunction,
      Payload: JSON.stringify({ secrets: [name], reason: 'bench' }),
    }),
  )
  const { rotations } = JSON.parse(Payload?.transformToString() ?? '') as RotateNowAnswer
  timed.set(rotations?.[0]?.rotationId ?? '', rotation)
}

/** Until every rotation has its outcome; it reads them, too. */
async function allSettled(): Promise<void> {
  const until = Date.now() + (longest * 1.5 + 60) * 1_000
  while ([...timed.values()].some(({ written }) => written === undefined)) {
    if (Date.now() > until) throw new Error('some rotations have no outcome')
    await sleep(200)
  }
  await sleep(1_000)
  for (const [rotationId, rotation] of timed) {
    const { status = 'none', settledAt, message } = (await ledger.get(rotationId)) ?? {}
    if (status !== 'SUCCEEDED' || !settledAt) throw new Error(`${rotationId}: ${status}: ${message}`)
    rotation.settledAt = Date.parse(settledAt)
  }
}

const rows = [['AWSCURRENT → outcome in the ledger', ...HEADER, 'written', 'looks p50', 'looks max']]
for (const seconds of SECONDS) {
  for (const round of [1, 2]) {
    for (const observed of [false, true]) {
      const chosen = [...timed.values()].filter(
        (it) => it.seconds === seconds && it.round === round && it.observed === observed,
      )
      const after = (end: 'settledAt' | 'written') =>
        distribution(chosen.map((it) => (it[end] ?? Number.NaN) - (it.current ?? Number.NaN)))
      const looks = distribution(chosen.map((it) => it.looks))
      const name = `about ${seconds} s, ${round === 1 ? 'the first time' : 'the second time'}${observed ? ', event told' : ''}`
      const written = `p99 ${time(after('written').p99)}`
      rows.push([name, ...figures(after('settledAt'), time), written, String(looks.p50), String(looks.max)])
    }
  }
}
console.log(aligned(rows))
