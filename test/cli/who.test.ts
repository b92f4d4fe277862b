import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCallerCheck } from '../../src/aws/check-caller.ts'
import type { Caller, CallerProof, Deed } from '../../src/model/caller.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { RotateNowAnswer } from '../../src/rotation/rotate-now.ts'
import { within } from '../busy.ts'
import { people } from './people.ts'
import { type Stage, startStage } from './stage.ts'

const PEOPLE = {
  ana: 'arn:aws:sts::000000000000:assumed-role/operator/ana.lopez',
  ben: 'arn:aws:sts::000000000000:assumed-role/operator/ben.okri',
}
type Person = keyof typeof PEOPLE

let on: Stage
const { arrive, as, proofOf: signed } = people(PEOPLE, () => on)
beforeAll(async () => {
  on = await startStage(
    'who',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), secrets: [app/a, app/b, app/c, app/d, app/e] }
`,
  )
  arrive()
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => on.secret(`app/${name}`)))
})
afterAll(() => on.stop())
afterEach(() => on.aws.faults.splice(0))

function proofOf(person: Person, deed: Partial<Deed>, env?: Record<string, string>): Promise<CallerProof> {
  return signed(person, { stage: 'who', deed: 'run', id: 'CHG-0', ...deed }, env)
}

/** As `serverless invoke -f rotateNow -d '…'`. */
async function ask(event: object): Promise<RotateNowAnswer & { errorMessage?: string }> {
  const request = { FunctionName: namesOf('who').rotateNowFunction, Payload: JSON.stringify(event) }
  const { Payload } = await new LambdaClient({}).send(new InvokeCommand(request))
  return JSON.parse(Payload?.transformToString() ?? '')
}

describe('who runs it', () => {
  it('is proved to the function, stands in the record beside the claim, and is shown', async () => {
    const { code, stdout } = await as('ana', 'run', '--secret', 'app/a', '--json')
    expect(code).toBe(0)
    const [rotation] = JSON.parse(stdout) as Rotation[]
    expect(rotation?.caller).toEqual({ arn: PEOPLE.ana })
    expect(rotation?.requester).toMatch(/^.+@.+ \(operator\/ana\.lopez\)$/)
    const shown = await as('ben', 'show', rotation?.rotationId ?? '')
    expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain(`proved by STS: ${PEOPLE.ana}`)
    // Nothing of the signature is kept.
    expect(stdout).not.toMatch(/t\+o\/k|[0-9a-f]{64}/)
  })

  it('is a claim without a proof, and says so', async () => {
    const event = { secrets: ['app/b'], requestId: 'CHG-claim', requester: PEOPLE.ana }
    const { caller, rotations = [] } = await ask(event)
    expect(caller).toEqual({ notProved: 'no proof was sent' })
    const record = () => on.ledger.get(rotations[0]?.rotationId ?? '')
    await expect.poll(async () => (await record())?.status, { timeout: within(10_000) }).toBe('SUCCEEDED')
    expect((await record())?.caller).toEqual({ notProved: 'no proof was sent' })
  })

  it('the first proof of a request stands; a claim gives way to one', async () => {
    const event = {
      secrets: ['app/c'],
      requestId: 'CHG-first',
      at: new Date(Date.now() + 3_600_000).toISOString(),
    }
    const callers = async () => (await import('../../src/runtime/records.ts')).recordsOf('who').callers
    const kept = async () => (await (await callers()).get({ deed: 'run', id: 'CHG-first' }))?.caller
    await ask(event)
    expect(await kept()).toEqual({ notProved: 'no proof was sent' })
    for (const person of ['ben', 'ana'] as const)
      await ask({ ...event, proof: await proofOf(person, { id: 'CHG-first' }) })
    await ask(event)
    expect(await kept()).toEqual({ arn: PEOPLE.ben })
  })

  it('a stage of the release before, which knows no proof, is asked without one', async () => {
    const name = namesOf('who').rotateNowFunction
    const now = on.aws.functions.get(name) as NonNullable<ReturnType<typeof on.aws.functions.get>>
    on.aws.functions.set(name, async (event, ...rest) => {
      if ('proof' in (event as object))
        throw Object.assign(new Error('unknown key "proof". Known: schedule'), { name: 'RequestError' })
      return now(event, ...rest)
    })
    const { code, stderr } = await as('ana', 'run', '--secret', 'app/d').finally(() =>
      on.aws.functions.set(name, now),
    )
    expect(code).toBe(0)
    expect(stderr).toContain('note: who asks is a claim: not proved, the stage is of an earlier release')
  })

  it.each([
    ['{}', {}],
    [
      'a host',
      { accessKeyId: 'K', date: '20261128T030000Z', signature: 'a'.repeat(64), host: 'evil.example' },
    ],
    [
      'a key with a query',
      { accessKeyId: 'K&Action=X', date: '20261128T030000Z', signature: 'a'.repeat(64) },
    ],
    ['a date with a line', { accessKeyId: 'K', date: '20261128T030000Z\r\nx: y', signature: 'a'.repeat(64) }],
    ['a list', []],
  ])('%s is no proof, and nothing is asked', async (_, proof) => {
    const calls = on.aws.calls.length
    expect((await ask({ secrets: ['app/e'], requestId: 'CHG-x', proof })).errorMessage).toMatch(/^proof /)
    expect(on.aws.calls.slice(calls).filter(({ service }) => service !== 'lambda')).toEqual([])
  })
})

describe('a proof', () => {
  const check = (deed: Partial<Deed>, proof: CallerProof | undefined, now = Date.now): Promise<Caller> =>
    createCallerCheck(on.aws.env, now)({ stage: 'who', deed: 'run', id: 'CHG-0', ...deed }, proof)
  const refused = { notProved: expect.stringContaining('STS refused it: SignatureDoesNotMatch') }

  it('proves its signer, of this deed', async () => {
    expect(await check({}, await proofOf('ana', {}))).toEqual({ arn: PEOPLE.ana })
  })

  it.each([
    ['for another request', { id: 'CHG-1' }],
    ['for another stage', { stage: 'prod' }],
    ['for another deed', { deed: 'approve' as const }],
  ])('is good for nothing %s', async (_, other) => {
    const proof = await proofOf('ana', {})
    expect(await check(other, proof)).toEqual(refused)
    expect(await check({}, await proofOf('ana', other))).toEqual(refused)
  })

  it('of another region’s STS, of another host therefore, is good for nothing', async () => {
    expect(await check({}, await proofOf('ana', {}, { AWS_REGION: 'us-east-1' }))).toEqual(refused)
  })

  it.each<[string, (proof: CallerProof) => CallerProof, string]>([
    [
      'made with another secret',
      (it) => ({ ...it, signature: it.signature.replace(/./, (c) => (c === '0' ? '1' : '0')) }),
      'SignatureDoesNotMatch',
    ],
    [
      'with somebody else’s key',
      (it) => ({ ...it, accessKeyId: 'KEYben', sessionToken: 't+o/k=ben' }),
      'SignatureDoesNotMatch',
    ],
    ['with a key that nobody has', (it) => ({ ...it, accessKeyId: 'KEYeve' }), 'InvalidClientTokenId'],
    ['without its token', ({ sessionToken: _, ...it }) => it, 'InvalidClientTokenId'],
    [
      'with another date',
      (it) => ({ ...it, date: it.date.replace(/\dZ$/, (end) => (end === '0Z' ? '1Z' : '0Z')) }),
      'SignatureDoesNotMatch',
    ],
  ])('%s is refused', async (_, change, code) => {
    const { notProved } = (await check({}, change(await proofOf('ana', {})))) as { notProved: string }
    expect(notProved).toContain(`STS refused it: ${code}`)
  })

  it('is over after five minutes, and STS is not asked', async () => {
    const proof = await proofOf('ana', {})
    const calls = on.aws.calls.length
    const later = (minutes: number) => () => Date.now() + minutes * 60_000
    for (const [minutes, word] of [
      [6, '6 minutes ago'],
      [-6, '6 minutes ahead'],
    ] as const)
      expect(await check({}, proof, later(minutes))).toEqual({ notProved: expect.stringContaining(word) })
    expect(on.aws.calls.length).toBe(calls)
    expect(await check({}, proof, later(4))).toEqual({ arn: PEOPLE.ana })
  })

  it('of what is written to the table, for the audit, is over after fifteen', async () => {
    const deed = { deed: 'hold', id: 'k7q-m2f-9x1/0' } as const
    const proof = await proofOf('ana', deed)
    const later = (minutes: number) => check(deed, proof, () => Date.now() + minutes * 60_000)
    expect(await later(14)).toEqual({ arn: PEOPLE.ana })
    expect(await later(16)).toEqual({ notProved: expect.stringContaining('16 minutes ago') })
    expect(await later(-6)).toEqual({ notProved: expect.stringContaining('6 minutes ahead') })
  })

  it('is asked again where STS is throttled or fails, three times', async () => {
    const sts = { service: 'sts', action: 'GetCallerIdentity' } as const
    const proof = await proofOf('ana', {})
    on.aws.faults.push({ ...sts, kind: 'throttle', times: 1 }, { ...sts, kind: 'lost-response', times: 1 })
    expect(await check({}, proof)).toEqual({ arn: PEOPLE.ana })
    on.aws.faults.push({ ...sts, kind: 'throttle', times: 3 })
    expect(await check({}, proof)).toEqual({ notProved: 'STS refused it: Throttling: Rate exceeded' })
  })

  it('STS that is silent, or is none, proves nothing', async () => {
    const proof = await proofOf('ana', {})
    const answers = [
      undefined,
      '<html>sign in</html>',
      '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Arn":"ana"}}}',
      '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Arn":"arn:aws:sts::000000000000:assumed-role/a/b\\n"}}}',
      '<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>',
      '{"Error":{"Code":"SignatureDoesNotMatch"},"GetCallerIdentityResponse":null}',
    ]
    const said: string[] = []
    for (const answer of answers) {
      const server = await impostor(answer)
      const { port } = server.address() as AddressInfo
      const env = { AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` }
      const caller = await createCallerCheck(env, Date.now)({ stage: 'who', deed: 'run', id: 'CHG-0' }, proof)
      said.push((caller as { notProved: string }).notProved)
      server.closeAllConnections()
      server.close()
    }
    expect(said).toEqual([
      'STS could not be asked: no answer in 2.5 s',
      ...Array(5).fill('STS gave no answer that can be read (HTTP 200)'),
    ])
  }, 30_000)
})

/** Undefined: it takes the connection, and says nothing. */
async function impostor(answer: string | undefined): Promise<Server> {
  const server = createServer((_, response) => {
    if (answer !== undefined) response.end(answer)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return server
}
