import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AuditReport } from '../../src/audit/audit.ts'
import { proveCaller } from '../../src/aws/prove-caller.ts'
import { expressionsOf, openTable } from '../../src/ledger/open-table.ts'
import type { CallerProof, WrittenDeed } from '../../src/model/caller.ts'
import { holdDeed, releaseDeed, type Written } from '../../src/model/deeds.ts'
import type { Hold } from '../../src/model/hold.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { type Stage, startStage } from './stage.ts'
import { type Ended, tourbillon } from './tourbillon.ts'

const PEOPLE = {
  ana: 'arn:aws:sts::000000000000:assumed-role/operator/ana.lopez',
  ben: 'arn:aws:sts::000000000000:assumed-role/operator/ben.okri',
}
type Person = keyof typeof PEOPLE

const ANAS = { secret: 'secret of ana', sessionToken: 't+o/k=ana' }

let on: Stage
let audit: () => Promise<AuditReport>
beforeAll(async () => {
  on = await startStage(
    'deeds',
    `defaults: { timezone: UTC, window: 5m, timeout: 30s }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), secrets: [app/a] }
  other: { when: cron(0 4 ? * SUN *), secrets: [app/b] }
`,
  )
  for (const [name, arn] of Object.entries(PEOPLE))
    on.aws.callers.set(`KEY${name}`, { secret: `secret of ${name}`, arn, sessionToken: `t+o/k=${name}` })
  audit = (await import('../../handlers/audit.ts')).handler
  await audit()
})
afterAll(() => on.stop())
afterEach(async () => {
  on.aws.faults.splice(0)
  await audit()
  const { holds } = recordsOf('deeds')
  const now = new Date().toISOString()
  for (const { scope, id } of await holds.inForce(now)) await holds.release(scope, id, 'the test', now)
})

const keysOf = (person: Person) => ({
  AWS_ACCESS_KEY_ID: `KEY${person}`,
  AWS_SECRET_ACCESS_KEY: `secret of ${person}`,
  AWS_SESSION_TOKEN: `t+o/k=${person}`,
})

function as(person: Person, ...args: string[]): Promise<Ended> {
  return tourbillon([...args, '--config', on.file], { env: { ...on.aws.env, ...keysOf(person) } })
}

/** All there is to be seen of the stage, in one text. */
async function shown(): Promise<string> {
  const commands = [['status'], ['status', '--json'], ['hold', '--list'], ['cancel', '--list']]
  const report = ['report', '--from', '2026-11-01', '--to', '2027-02-01', '--format', 'md']
  const texts: string[] = []
  for (const command of [...commands, report]) {
    const { stdout, stderr } = await as('ben', ...command)
    texts.push(`$ ${command.join(' ')}\n${stdout}${stderr}`.replaceAll(/\s+/g, ' '))
  }
  return texts.join('\n')
}

async function heldBy(id: string): Promise<Hold['caller']> {
  const { stdout } = await as('ben', 'hold', '--list', '--json')
  return (JSON.parse(stdout) as Hold[]).find((hold) => hold.id === id)?.caller
}

async function place(person: Person, ...args: string[]): Promise<Hold> {
  const { code, stdout, stderr } = await as(person, 'hold', '--reason', 'CHG-1', '--json', ...args)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Hold
}

/** What the table has, as whoever may read all of it sees it. */
async function items(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await DynamoDBDocumentClient.from(new DynamoDBClient({})).send(
    new ScanCommand({ TableName: namesOf('deeds').ledgerTable }),
  )
  return Items
}
const proofs = async () => (await items()).filter((it) => 'proof' in it && `${it.id}`.startsWith('proof#'))

async function signed(person: Person, deed: Written, stage = 'deeds'): Promise<CallerProof> {
  const before = { ...process.env }
  Object.assign(process.env, keysOf(person))
  const { proof, why } = await proveCaller({ stage, ...deed })
  Object.assign(process.env, before)
  if (!proof) throw new Error(why)
  return proof
}

/** Whoever may write to the table writes past the commands. */
const table = () =>
  openTable(DynamoDBDocumentClient.from(new DynamoDBClient({})), namesOf('deeds').ledgerTable)
async function forge(id: string, set: Record<string, unknown>): Promise<void> {
  await table().update(id, expressionsOf({ set }))
}
const plant = (deed: Written, proof: unknown) =>
  forge(`proof#${deed.deed}#${deed.id}`, {
    ...{ proof, unsettled: 'proof', scheduledAt: new Date().toISOString() },
  })

/** A hold that is not Ana's, and says that it is. */
async function inAnasName(reason: string): Promise<Hold> {
  const hold = {
    ...{ id: `00${reason.length.toString(32)}-000-000`.slice(-11), scope: 'schedule/other' as const },
    ...{ reason, by: 'ana@desk', placedAt: new Date().toISOString() },
  }
  await recordsOf('deeds').holds.place(hold)
  return { ...hold, kind: 'hold' }
}

describe('who holds, releases, skips, moves, cancels', () => {
  it('is a claim until the audit has asked STS, then proved, wherever it is shown', async () => {
    const { id } = await place('ana', '--schedule', 'other')
    const skip = await as('ana', 'skip', 'nightly', '--at', '2027-01-03T03:00Z', '--reason', 'CHG-2')
    const move = await as(
      ...(['ana', 'move', 'nightly', '--from', '2027-01-10T03:00Z', '--to', '2027-01-11T05:00Z'] as const),
      ...['--reason', 'CHG-3'],
    )
    const other = await as('ana', 'skip', 'other', '--at', '2027-01-03T04:00Z', '--reason', 'CHG-4', '--json')
    expect([skip, move, other].map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']))
    const back = await as('ana', 'cancel', JSON.parse(other.stdout).id, '--reason', 'CHG-5')
    expect([back.code, back.stderr]).toEqual([0, ''])

    expect(await heldBy(id)).toEqual({ notProved: 'the audit has not asked STS yet' })
    expect(await shown()).not.toContain('proved by STS')
    expect(await proofs()).toHaveLength(5)

    expect(await audit()).toMatchObject({ errors: 0 })
    expect(await proofs()).toEqual([])
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
    const released = await as('ben', 'release', id)
    expect([released.code, released.stderr]).toEqual([0, ''])
    const kept = await place('ana', '--all')
    await audit()

    const text = await shown()
    const [status, statusJson, list, planned, report] = text.split('\n')
    const proved = `proved by STS: ${PEOPLE.ana}`
    expect(status).toMatch(new RegExp(`CHG-1 \\([^;]*\\(operator/ana.lopez\\), .* ago; ${proved}\\)`))
    expect(status).toContain(`skipped by ${kept.by}: CHG-2 (${proved})`)
    expect(status).toMatch(new RegExp(`MOVED by hand.*${proved}`))
    expect(statusJson?.split(`"caller": { "arn": "${PEOPLE.ana}" }`).length).toBeGreaterThan(3)
    expect(list).toContain(proved)
    expect(planned?.split(proved)).toHaveLength(3)
    const section = (title: string) =>
      report
        ?.split(`## ${title}`)[1]
        ?.split('## ')[0]
        ?.split(/ \| (?=\d)/)
    // Each by the one who did it: Ana has placed it, Ben has released it.
    expect(section('Holds')?.join()).toMatch(
      new RegExp(`\\(operator/ana.lopez\\) \\| ${PEOPLE.ana} \\| .*ben.okri\\) \\| ${PEOPLE.ben} \\| CHG-1`),
    )
    expect(section('Skipped or moved by hand')?.join()).toMatch(
      new RegExp(`${PEOPLE.ana} \\| CHG-4 \\| at 20[^|]* \\| ${PEOPLE.ana} \\|`),
    )
    expect(text).not.toMatch(/not proved|a claim/)
    // Nothing of a signature is anywhere.
    expect(text + JSON.stringify(await items()) + JSON.stringify(on.aws.putEvents)).not.toMatch(/t\+o\/k/)
  })

  it('who held what did not rotate is told by show', async () => {
    await on.secret('app/a')
    const { id } = await place('ana', '--secret', 'app/a')
    await audit()
    const run = await as('ben', 'run', '--schedule', 'nightly', '--json')
    const [rotation] = JSON.parse(run.stdout) as Rotation[]
    expect(rotation).toMatchObject({ reason: 'HELD', message: expect.stringContaining(`(hold ${id})`) })
    await as('ben', 'release', id)
    const { stdout } = await as('ben', 'show', rotation?.rotationId ?? '')
    const [who, stopped] = stdout.replaceAll(/\s+/g, ' ').split('stopped by')
    expect(stopped).toMatch(new RegExp(`^ .*@.* \\(operator/ana.lopez\\) \\(proved by STS: ${PEOPLE.ana}\\)`))
    expect(who).toContain(`proved by STS: ${PEOPLE.ben}`)
  })

  it('who cancelled a planned run is told by cancel, asked again', async () => {
    const at = new Date(Date.now() + 86_400_000).toISOString()
    const run = await as('ana', 'run', '--secret', 'app/a', '--at', at, '--request-id', 'CHG-7')
    expect(run.code).toBe(0)
    expect((await as('ana', 'cancel', 'CHG-7', '--reason', 'not today')).code).toBe(0)
    const again = async () => (await as('ben', 'cancel', 'CHG-7')).stdout.replaceAll(/\s+/g, ' ')
    expect(await again()).toMatch(/CANCELLED by .*\(not today; a claim, not proved: the audit has not asked/)
    await audit()
    expect(await again()).toContain(`(not today; proved by STS: ${PEOPLE.ana})`)
    const { stdout } = await as('ben', 'cancel', 'CHG-7', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ state: 'CANCELLED', canceller: { arn: PEOPLE.ana } })
  })

  it('a hold binds at once, whatever becomes of its proof, and whoever placed it is told', async () => {
    const denied = {
      kind: 'error',
      code: 'AccessDeniedException',
      message: 'not allowed',
      status: 400,
    } as const
    const match = (input: unknown) => JSON.stringify(input).includes('proof#')
    on.aws.faults.push({ service: 'dynamodb', action: 'UpdateItem', times: 9, ...denied, match })
    const { code, stdout, stderr } = await as('ana', 'hold', '--all', '--reason', 'CHG-1', '--json')
    const { id } = JSON.parse(stdout) as Hold
    expect([code, stderr]).toEqual([
      0,
      'note: who did it is a claim, not proved: the proof could not be kept: not allowed; your AWS identity lacks a permission: see node_modules/aws-tourbillon/docs/permissions.md\n',
    ])
    expect(await recordsOf('deeds').holds.inForce(new Date().toISOString())).toMatchObject([{ id }])
    await audit()
    expect(await heldBy(id)).toMatchObject({ notProved: expect.any(String) })
  })

  it('whose answer is lost may have been proved: that is what is said', async () => {
    const match = (input: unknown) => JSON.stringify(input).includes('proof#')
    on.aws.faults.push({ service: 'dynamodb', action: 'UpdateItem', kind: 'lost-response', times: 9, match })
    const { code, stdout, stderr } = await as('ana', 'hold', '--all', '--reason', 'CHG-1', '--json')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: it is not known whether it will be proved who did it: .+\n$/),
    ])
    on.aws.faults.splice(0)
    await audit()
    expect(await heldBy((JSON.parse(stdout) as Hold).id)).toEqual({ arn: PEOPLE.ana })
  })

  it.each([
    ['PutItem', 'caller#', 'error'],
    ['PutItem', 'caller#', 'lost-response'],
    ['UpdateItem', 'proof#', 'error'],
    ['UpdateItem', 'proof#', 'lost-response'],
  ] as const)('an audit that ends at its %s of %s (%s) is made good by the next', async (...at) => {
    const [action, key, kind] = at
    const { id } = await place('ana', '--all')
    const match = (input: unknown) => JSON.stringify(input).includes(`${key}hold`)
    on.aws.faults.push({ service: 'dynamodb', action, kind, times: 9, match })
    expect(await audit()).toMatchObject({ errors: 1 })
    on.aws.faults.splice(0)
    // By then STS takes it no more: what it said stands.
    if (key === 'proof#') on.aws.callers.delete('KEYana')
    expect(await Promise.all([audit(), audit()])).toMatchObject([{ errors: 0 }, { errors: 0 }])
    on.aws.callers.set('KEYana', { ...ANAS, arn: PEOPLE.ana })
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
    expect(await proofs()).toEqual([])
  })

  it('whose it was is kept for as long as what was done may be shown: a hold for years, a skip ahead', async () => {
    const { id } = await place('ana', '--all')
    await audit()
    const kept = (await items()).filter((it) => `${it.id}`.startsWith(`caller#hold#${id}/`))
    expect(kept).toHaveLength(1)
    expect(kept[0]).not.toHaveProperty('expiresAt')
  })

  it('STS that is down is asked again by the next audit; the hold is in force all the while', async () => {
    const { id } = await place('ana', '--all')
    on.aws.faults.push({ service: 'sts', action: 'GetCallerIdentity', kind: 'throttle', times: 3 })
    expect(await audit()).toMatchObject({ errors: 0 })
    expect(await heldBy(id)).toEqual({ notProved: 'STS refused it: Throttling: Rate exceeded' })
    expect(await proofs()).toHaveLength(1)
    await audit()
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
    expect(await proofs()).toEqual([])
  })

  it('a proof that ran out meanwhile is a claim with the reason, and STS is asked no more', async () => {
    const down = await place('ana', '--all')
    on.aws.faults.push({ service: 'sts', action: 'GetCallerIdentity', kind: 'throttle', times: 3 })
    await audit()
    const [first] = await proofs()
    const older = (proof: CallerProof, minutes: number) => ({
      ...proof,
      date: new Date(Date.now() - minutes * 60_000).toISOString().replaceAll(/[-:]|\.\d+/g, ''),
    })
    await forge(`${first?.id}`, { proof: older(first?.proof as CallerProof, 16) })
    const late = await place('ana', '--schedule', 'other')
    const second = (await proofs()).find(({ id }) => `${id}`.includes(late.id))
    await forge(`${second?.id}`, { proof: older(second?.proof as CallerProof, 16) })
    const calls = on.aws.calls.filter(({ service }) => service === 'sts').length
    await audit()
    expect(on.aws.calls.filter(({ service }) => service === 'sts').length).toBe(calls)
    expect(await heldBy(down.id)).toEqual({ notProved: 'STS refused it: Throttling: Rate exceeded' })
    expect(await heldBy(late.id)).toEqual({
      notProved: expect.stringMatching(/^it was signed 16 minutes ago/),
    })
    expect(await proofs()).toEqual([])
  })
})

/** STS as it is where something else answers in its place. */
async function answering(status: number, body: string, work: () => Promise<void>): Promise<string[]> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(status).end(body.replace('SIGNATURE', url.split('X-Amz-Signature=')[1] ?? ''))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const runtime = process.env.AWS_ENDPOINT_URL_STS
  process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await work()
  } finally {
    if (runtime === undefined) delete process.env.AWS_ENDPOINT_URL_STS
    else process.env.AWS_ENDPOINT_URL_STS = runtime
    server.closeAllConnections()
    server.close()
  }
  return asked
}

describe('what answers in the place of STS', () => {
  it.each([
    [403, '<html>Blocked by policy</html>'],
    [407, ''],
    [429, 'too many requests'],
    [404, '{"message":"no route"}'],
    [200, '<html>sign in</html>'],
    [502, 'Bad Gateway'],
  ])('HTTP %i %s is no word of STS: the next audit asks again', async (status, body) => {
    const { id } = await place('ana', '--all')
    await answering(status, body, async () => expect(await audit()).toMatchObject({ errors: 0 }))
    expect(await heldBy(id)).toEqual({
      notProved: `STS gave no answer that can be read (HTTP ${status})`,
    })
    await audit()
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
  })

  it('a refusal that repeats what was signed is kept without signature and token', async () => {
    const { id } = await place('ana', '--all')
    const words = 'not SIGNATURE of t+o/k=ana, X-Amz-Security-Token=t%2Bo%2Fk%3Dana'
    const body = JSON.stringify({ Error: { Code: 'SignatureDoesNotMatch', Message: words } })
    const asked = await answering(403, body, async () => void (await audit()))
    const signature = /X-Amz-Signature=([0-9a-f]{64})/.exec(asked.join())?.[1] ?? 'none'
    expect(await heldBy(id)).toEqual({
      notProved: 'STS refused it: SignatureDoesNotMatch: not … of …, X-Amz-Security-Token=…',
    })
    const everything = (await shown()) + JSON.stringify(await items())
    expect(everything).toContain('SignatureDoesNotMatch')
    expect(everything).not.toContain(signature)
    expect(everything).not.toMatch(/t(\+|%2B)o(\/|%2F)k/i)
  })
})

describe('whoever may write to the table', () => {
  it.each<[string, (hold: Hold, anas: Hold) => Promise<void>]>([
    [
      'with a proof of another hold of hers',
      async (hold, anas) => plant(holdDeed(hold), await signed('ana', holdDeed(anas))),
    ],
    [
      'with that other proof under its own key as well: one proof, two items',
      async (hold, anas) => {
        const proof = await signed('ana', holdDeed(anas))
        await plant(holdDeed(anas), proof)
        await plant(holdDeed(hold), proof)
      },
    ],
    [
      'with a proof of another deed of the same words',
      async (hold) => {
        const { id } = holdDeed(hold)
        await plant(holdDeed(hold), await signed('ana', { deed: 'release', id }))
      },
    ],
    [
      'with a proof of another stage',
      async (hold) => plant(holdDeed(hold), await signed('ana', holdDeed(hold), 'prod')),
    ],
    [
      'with a proof of the id alone',
      async (hold) => plant(holdDeed(hold), await signed('ana', { deed: 'hold', id: hold.id })),
    ],
    ['with nothing', async () => {}],
    ['with what is no proof', (hold) => plant(holdDeed(hold), { host: 'evil.example', signature: 'x' })],
    ['with a text', (hold) => plant(holdDeed(hold), 'arn:aws:sts::000000000000:assumed-role/operator/ana')],
    [
      'with whose it is, in the hold itself and in the proof',
      async (hold) => {
        const item = await table().get(`hold#${hold.scope}`)
        const active = item?.active as Record<string, object>
        const caller = { arn: PEOPLE.ana }
        await forge(`hold#${hold.scope}`, {
          active: { ...active, [hold.id]: { ...active[hold.id], caller, releaser: caller } },
          caller,
        })
        await forge(`proof#hold#${holdDeed(hold).id}`, {
          ...{ kept: { caller }, caller, unsettled: 'proof', scheduledAt: new Date().toISOString() },
        })
      },
    ],
  ])('makes no hold Ana’s, %s', async (how, forgery) => {
    const anas = await place('ana', '--schedule', 'nightly')
    const hold = await inAnasName(how)
    await forgery(hold, anas)
    await audit()
    await audit()
    expect(await heldBy(anas.id)).toEqual({ arn: PEOPLE.ana })
    expect(await heldBy(hold.id)).toEqual({ notProved: expect.any(String) })
    expect(await proofs()).toEqual([])
    const released = await as('ben', 'release', hold.id, '--json')
    expect(released.stdout).not.toContain(PEOPLE.ana)
  })

  it('who signs what another did, says only that it is theirs', async () => {
    const hold = await inAnasName('signed by Ben')
    await plant(holdDeed(hold), await signed('ben', holdDeed(hold)))
    await audit()
    expect(await heldBy(hold.id)).toEqual({ arn: PEOPLE.ben })
  })

  it('makes a claim of what is rewritten after it was proved', async () => {
    const { id, scope } = await place('ana', '--all')
    await audit()
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
    const item = await table().get(`hold#${scope}`)
    const active = item?.active as Record<string, object>
    await forge(`hold#${scope}`, { active: { ...active, [id]: { ...active[id], reason: 'because' } } })
    expect(await heldBy(id)).toEqual({ notProved: 'the audit has not asked STS yet' })
  })

  it('a release is a deed of its own: the proof of the hold says nothing of who ended it', async () => {
    const hold = await place('ana', '--all')
    await audit()
    const at = new Date().toISOString()
    const released = await recordsOf('deeds').holds.release('all', hold.id, 'ana@desk', at)
    if (released === undefined) throw new Error('not released')
    await plant(releaseDeed(released), await signed('ana', holdDeed(hold)))
    await audit()
    const { stdout } = await as(
      'ben',
      'report',
      '--from',
      '2026-01-01',
      '--to',
      '2028-01-01',
      '--format',
      'md',
    )
    const row = stdout.split('\n').find((line) => line.includes('| all |') && line.includes('| ana@desk |'))
    expect(row?.replaceAll(/ +/g, ' ')).toContain(`| ${PEOPLE.ana} | ana@desk | a claim |`)
  })

  it('of other kinds of items, an audit takes none for a proof, and changes none', async () => {
    const before = { id: 'exception#x', unsettled: 'proof', proof: 'mine', scheduledAt: '2026-01-01' }
    const { id, ...set } = before
    await forge(id, set)
    await forge('proof#run#CHG-1', {
      ...set,
      proof: await signed('ana', { deed: 'run' as WrittenDeed, id: 'CHG-1' }),
    })
    await audit()
    expect(await table().get(id)).toEqual(before)
    expect(await recordsOf('deeds').callers.get({ deed: 'run', id: 'CHG-1' })).toBeUndefined()
    expect(await proofs()).toEqual([])
  })

  it.each([
    ['longer than what is kept of it can be', `${'x'.repeat(1972)}/${'0'.repeat(64)}`],
    ['of letters that are a header of their own', `x\r\nhost: evil.example/${'0'.repeat(64)}`],
  ])('a proof %s is put away, and no audit fails for it', async (_, id) => {
    const calls = on.aws.calls.filter(({ service }) => service === 'sts').length
    const parts = { accessKeyId: 'KEYana', signature: '0'.repeat(64) }
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    await plant({ deed: 'hold', id }, { ...parts, date })
    expect(await audit()).toMatchObject({ errors: 0 })
    expect(await proofs()).toEqual([])
    expect(on.aws.calls.filter(({ service }) => service === 'sts').length).toBe(calls)
  })

  it('can fill the list: a hundred are looked at in a run, the oldest first, and the others by the next', async () => {
    const junk = Array.from({ length: 120 }, (_, n) => ({ deed: 'hold' as const, id: `junk/${n}` }))
    await Promise.all(junk.map((deed) => plant(deed, 'nothing')))
    const { id } = await place('ana', '--all')
    await audit()
    expect(await heldBy(id)).toEqual({ notProved: 'the audit has not asked STS yet' })
    await audit()
    expect(await heldBy(id)).toEqual({ arn: PEOPLE.ana })
  })
})
