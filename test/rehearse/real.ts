import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Config } from '../../src/config/config.ts'
import type { LocalFunction } from '../../src/local/aws.ts'
import { type Rotation, SETTLED } from '../../src/model/rotation.ts'
import { DAY, iso, MINUTE } from '../../src/model/time.ts'
import { rehearse } from '../../src/rehearse/rehearse.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { STAGE } from '../chaos/plan.ts'
import { type ChaosWorld, createSecrets, startWorld } from '../chaos/world.ts'
import { rotatesWithoutDatabase } from '../cli/stage.ts'

/**
 * `node --import ./test/chaos/clock.ts test/rehearse/real.ts [MINUTES]`: so many minutes (default 12, by a clock a few
 * times as fast) of a stage on the local AWS, its handlers in processes of their own; then the same minutes rehearsed.
 * Prints what came otherwise than foretold, and how much of each; ends with 1 where anything did.
 */
const minutes = Number(process.argv[2] ?? '12')

/** What a rotation takes, ms; default `USUAL_MS`. Each step of a function takes a quarter of it. */
const TOOK: Record<string, number> = {
  'long/1': 60_000,
  'long/2': 60_000,
  'long/3': 60_000,
  'long/4': 60_000,
}
const SHARED_MS = 100_000
const USUAL_MS = 8_000
const tookMs = (secret: string) => (secret === 'shared' ? SHARED_MS : (TOOK[secret] ?? USUAL_MS))
const BROKEN = 'broken'
const SECRETS = [
  'plain/a',
  'plain/b',
  'minute',
  'frozen',
  'off',
  'retried',
  'asked',
  'shared',
  ...Object.keys(TOOK),
]

/** Shapes whose outcomes differ; none of them hangs on a few seconds more or less. */
function configOf(from: number): string {
  const freeze = [from + 4 * MINUTE, from + 7 * MINUTE].map((at) => iso(at).slice(0, 19))
  const every = (count: number, after = 0) =>
    `when: rate(${count} minutes), start: ${iso(from + after * MINUTE).slice(0, 19)}Z, precision: second`
  return `
defaults: { timezone: UTC }
freezes:
  - { name: fair, from: '${freeze[0]}', to: '${freeze[1]}' }
schedules:
  plain: { ${every(2)}, secrets: [plain/a, plain/b], window: 2m, timeout: 1m, ignoreFreezes: [{ name: fair, reason: agreed }] }
  minutely: { when: rate(2 minutes), start: ${iso(from + MINUTE).slice(0, 19)}Z, secrets: [minute], window: 2m, timeout: 1m }
  frozen: { ${every(1)}, secrets: [frozen], window: 1m, timeout: 30s }
  off: { ${every(2)}, secrets: ['off'], window: 2m, timeout: 1m, enabled: false }
  broken: { ${every(4)}, secrets: [broken, retried], window: 4m, timeout: 2m, retries: 1 }
  long: { ${every(4)}, secrets: [long/1, long/2, long/3, long/4], window: 105s, timeout: 2m, concurrency: 1 }
  asked: { ${every(4)}, secrets: [asked], window: 3m, timeout: 1m, approval: { timeout: 2m } }
  shared: { ${every(5)}, secrets: [shared], window: 4m, timeout: 3m }
  shared-too: { ${every(5, 1)}, secrets: [shared], window: 4m, timeout: 3m }
`
}

const outcomeOf = ({ schedule, secretName, scheduledAt, status, reason = '' }: Rotation) =>
  [`${schedule} ${scheduledAt} ${secretName}`, `${status} ${reason}`.trim()] as const

const directory = await mkdtemp(join(tmpdir(), 'tourbillon-real-'))
const world = await startWorld(1, directory, { calm: true })
try {
  // Made, deployed and warm before the first instant.
  const from = Math.ceil(Date.now() / MINUTE) * MINUTE + 3 * MINUTE
  const to = from + minutes * MINUTE
  functions(world)
  const secrets = [...SECRETS, BROKEN].map((name) => ({ name, tags: {}, broken: name === BROKEN }))
  await createSecrets({ secrets }, world.aws)
  const config = await world.deploy(configOf(from))
  await world.audit()
  await world.schedule(config)
  const came = await lived(from, to)
  const foretold = await rehearsed(config, from, to)
  const which = [...new Set([...came.keys(), ...foretold.keys()])].sort()
  const otherwise = which.filter((it) => came.get(it) !== foretold.get(it))
  const shapes = Object.entries(Object.groupBy(came.values(), (it) => it))
  const lines = [
    ...otherwise.map((it) => `${it}: foretold ${foretold.get(it)}, came ${came.get(it)}`),
    `${which.length - otherwise.length} of ${which.length} as foretold`,
    ...shapes.map(([shape, some = []]) => `  ${some.length} ${shape}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  // Nothing alike is nothing proved.
  process.exitCode = otherwise.length === 0 && shapes.length >= 5 ? 0 : 1
} finally {
  await world.stop()
  await rm(directory, { recursive: true, force: true })
}

/** As long as a rehearsal takes them to be. */
function functions({ aws }: ChaosWorld): void {
  const fine = rotatesWithoutDatabase(new SecretsManagerClient({}))
  const names = new Map(SECRETS.map((name) => [name, tookMs(name)]))
  const nameOf = (arn: string) =>
    [...names.keys(), BROKEN].find((name) => arn.includes(`:secret:${name}-`)) ?? ''
  const run: LocalFunction = async (event) => {
    const { Step, SecretId = '' } = event as Record<string, string>
    const name = nameOf(SecretId)
    await pause(tookMs(name) / 4)
    if (name === BROKEN && Step === 'setSecret') throw new Error('setSecret always fails')
    return fine(event)
  }
  aws.functions.set('rotate', run)
  aws.functions.set('rotate-broken', run)
}

/** What came of each occurrence of the period, and of each secret of it, by the ledger. */
async function lived(from: number, to: number): Promise<Map<string, string>> {
  // What is due when the period ends gets its window, and the audit's grace, to settle.
  const end = to + 20 * MINUTE
  for (;;) {
    await pause(MINUTE)
    await world.audit()
    const rotations: Rotation[] = []
    for (const day of new Set([from, to].map((at) => iso(at).slice(0, 10))))
      for await (const it of recordsOf(STAGE).ledger.query('byDay', day)) rotations.push(it)
    const own = rotations.filter(({ scheduledAt }) => isWithin(scheduledAt, from, to))
    const open = own.filter(({ status }) => !SETTLED.includes(status))
    process.stderr.write(`${iso(Date.now())} ${own.length} rotations, ${open.length} open\n`)
    const isOver = Date.now() > to + 5 * MINUTE && open.length === 0
    if (isOver || Date.now() > end) return new Map(own.map(outcomeOf))
  }
}

async function rehearsed(config: Config, from: number, to: number): Promise<Map<string, string>> {
  const found: Rotation[] = []
  await rehearse({
    ...{ config, from, to, seed: 1, faults: 'none', tookMs },
    secretsOf: ({ secrets }) => secrets,
    trouble: [{ what: 'function broken', from: from - DAY, to: to + 10 * DAY, secret: BROKEN }],
    onWave: ({ rotations }) => found.push(...structuredClone(rotations)),
    onTold: () => {},
  })
  return new Map(found.filter(({ scheduledAt }) => isWithin(scheduledAt, from, to)).map(outcomeOf))
}

function isWithin(scheduledAt: string, from: number, to: number): boolean {
  const at = Date.parse(scheduledAt)
  return at >= from && at < to
}
