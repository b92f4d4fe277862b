import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { invoke } from '../aws/with-aws.ts'
import { calendarOf } from '../calendar/calendar.ts'
import type { Terminal } from '../cli/command.ts'
import { table } from '../cli/layout.ts'
import { milliseconds, rotationTable } from '../cli/rotation-table.ts'
import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { principalText } from '../model/adoption.ts'
import { namesOf } from '../model/resource-names.ts'
import { type Rotation, SETTLED } from '../model/rotation.ts'
import { iso } from '../model/time.ts'
import { consumersIn } from '../operate/consumers.ts'
import { adoptionText } from '../report/adoption.ts'
import type { RotateNowAnswer } from '../rotation/rotate-now.ts'
import { rotationIdsOf, waveOf } from '../rotation/wave-request.ts'
import { recordsOf } from '../runtime/records.ts'
import { createApplication, openSession, rememberPassword } from './application.ts'
import { DEMO, type Demo } from './demo.ts'
import type { Narrator } from './narrator.ts'
import { createSchedules, localTime } from './schedules.ts'
import type { Stack } from './stack.ts'
import { surround } from './surroundings.ts'

/** The early companion of the demo fires this long before its instant; in production two minutes. Seconds. */
export const LEAD_SECONDS = 6

type Scene = {
  demo: Demo
  stack: Stack
  narrator: Narrator
  terminal: Terminal
  signal: AbortSignal
  instant: number
}

/**
 * The main job, once through: a scheduled rotation at its instant, proved in the database; one on demand; a repeated
 * delivery that rotates nothing; the ledger. Answers with the ledger's rotations. Throws where a proof fails.
 */
export async function tellStory(scene: Scene): Promise<Rotation[]> {
  const { demo, stack, narrator, terminal, signal, instant } = scene
  const { config, secrets, told } = demo
  const { secretsManager: client } = stack
  const ledger = recordsOf(config.stage).ledger
  const [scheduled, onDemand] = told

  surround(stack.aws, config, narrator.line)
  await Promise.all(secrets.map((secret) => createApplication(stack, secret)))
  await createSchedules(config, stack.aws.arnOfFunction(namesOf(config.stage).rotateFunction), {
    name: DEMO,
    at: instant,
    leadSeconds: LEAD_SECONDS,
  })
  narrator.heading('Schedules')
  narrator.line(indent(schedulesTable(config, terminal)))
  narrator.line(`${DEMO} was added for this run, so that you need not wait until the night.`)
  for (const name of demo.setAside)
    narrator.line(`Freeze "${name}" is in force today; the story passes it, nothing else does.`)

  narrator.heading('A scheduled rotation')
  const session = await openSession(client, scheduled)
  const oldPassword = await rememberPassword(client, scheduled)
  narrator.line(`An application has an open session as ${await session.whoAmI()}.`)
  await narrator.countdown(`${scheduled} rotates`, instant, signal)
  const wave = waveOf({ schedule: DEMO, scheduledAt: iso(instant) }, config)
  const first = await settled(ledger, rotationIdsOf(wave)?.[0]?.rotationId ?? '', signal)
  expectSuccess(first)
  narrator.proof(
    `rotated at ${first.startedAt}: skew ${milliseconds(first.skewMs)}, took ${milliseconds(first.durationMs)}`,
  )
  narrator.proof(`the version that the occurrence produced, ${first.versionId}, is AWSCURRENT`)
  expect((await session.whoAmI()) !== '', 'the session opened before the rotation is gone')
  narrator.proof('the session opened before the rotation still works')
  await session.end()
  const refusal = await oldPassword()
  expect(/password authentication failed/.test(refusal), `the old password: ${refusal}`)
  narrator.proof(`the old password is refused for a new session: ${refusal}`)
  const fresh = await openSession(client, scheduled)
  narrator.proof(`the new password is accepted: a new session as ${await fresh.whoAmI()}`)
  await fresh.end()

  signal.throwIfAborted()
  narrator.heading('On demand')
  const answer = (await invoke(namesOf(config.stage).rotateNowFunction, {
    secrets: [onDemand],
    ...(onDemand === scheduled && { schedule: DEMO }),
    ...(demo.setAside.length > 0 && { override: 'npm start' }),
    reason: 'maintenance window',
    requester: 'npm start',
  })) as RotateNowAnswer
  const second = await settled(ledger, answer.rotations?.[0]?.rotationId ?? '', signal)
  expectSuccess(second)
  narrator.proof(`${onDemand} rotated on request, took ${milliseconds(second.durationMs)}`)

  signal.throwIfAborted()
  narrator.heading('A delivery repeated on purpose')
  const duplicate = await repeatDelivery(config, instant)
  expect(duplicate === true, 'the repeated delivery was not recognised')
  const unchanged = await ledger.get(first.rotationId)
  expect(JSON.stringify(unchanged) === JSON.stringify(first), 'the repeated delivery changed the ledger')
  narrator.proof('the claim was found: nothing rotated, nothing recorded twice')

  const rotations = [first, second]
  narrator.heading('Ledger')
  narrator.line(indent(rotationTable(rotations, { color: terminal.color, columns: terminal.columns - 2 })))
  narrator.proof(await whoTookIt(scene))
  const readers = stack.aws.calls
    .filter(({ action }) => action === 'GetSecretValue')
    .map(({ caller }) => caller)
  const times = (name: string) => readers.filter((caller) => caller.endsWith(name)).length
  const others = readers.length - times('application') - times('rotation-function')
  expect(others === 0, `Tourbillon itself read ${others} secret values`)
  narrator.proof(
    `no secret value was read by Tourbillon: ${times('application')} by the application, ${times('rotation-function')} by the rotation function`,
  )
  return rotations
}

/** Adoption tells a read from one of before by so much, in CloudTrail's whole seconds. */
const CLEARLY_SINCE_MS = 3_000

/** As `consumers` tells it, of what the reads handler has noted: the application reads the secret once more. */
async function whoTookIt({ demo, stack, terminal, signal }: Scene): Promise<string> {
  const [secret] = demo.told
  const seen = () => consumersIn(demo.config, secret, terminal.now())
  const since = Date.parse((await seen()).rotation?.rotatedAt ?? '') + CLEARLY_SINCE_MS
  await sleep(Math.max(0, since - terminal.now()), undefined, { signal })
  await (await openSession(stack.secretsManager, secret)).end()
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(50, undefined, { signal })) {
    const { adoption, readers, rotation } = await seen()
    // Of others whom a config names as consumers there is nobody here.
    if (adoption === undefined || adoption.fetched === 0) continue
    const took = readers
      .filter(({ lastSeen = '', rotates }) => !rotates && lastSeen > (rotation?.rotatedAt ?? ''))
      .map(({ principal, lastSeen }) => `${principalText(principal)} took it at ${lastSeen}`)
    return `by CloudTrail's records of ${secret}: ${took.join(', ')}; ${adoptionText(adoption)}`
  }
  throw new Error(`nobody was heard to fetch ${secret} since it rotated`)
}

function schedulesTable(config: Config, { now, columns }: Terminal): string {
  const rows = config.schedules.map((it) => {
    const next = calendarOf(it).next(now())
    const local = next && localTime(next, it.timezone).replace('T', ' ')
    return [
      it.name,
      it.when,
      next === undefined ? 'never again' : `${local} ${it.timezone}`,
      it.secrets.join(', '),
    ]
  })
  return table(['SCHEDULE', 'WHEN', 'NEXT', 'SECRETS'], rows, columns - 2)
}

/** Waits until the rotation has its outcome; the workflow's own limits bound the wait. */
async function settled(ledger: Ledger, rotationId: string, signal: AbortSignal): Promise<Rotation> {
  const until = Date.now() + 90_000
  while (Date.now() < until) {
    const rotation = await ledger.get(rotationId)
    if (rotation && SETTLED.includes(rotation.status)) return rotation
    await sleep(50, undefined, { signal })
  }
  throw new Error(`rotation ${rotationId} has no outcome after 90 s`)
}

/** Delivers the demo's event again and waits for the answer: was every rotation in it a duplicate? */
async function repeatDelivery(config: Config, instant: number): Promise<boolean> {
  const { Payload } = await new LambdaClient({}).send(
    new InvokeCommand({
      FunctionName: namesOf(config.stage).rotateAlias,
      Payload: JSON.stringify({ schedule: DEMO, scheduledAt: iso(instant) }),
    }),
  )
  const { duplicates } = JSON.parse(Payload?.transformToString() || '{}') as { duplicates?: number }
  return duplicates === 1
}

function expectSuccess({ status, reason, message, secretName }: Rotation): void {
  expect(status === 'SUCCEEDED', `${secretName}: ${status} ${reason ?? ''} ${message ?? ''}`)
}

function expect(truth: boolean, otherwise: string): void {
  if (!truth) throw new Error(otherwise)
}

function indent(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n  ')
}
