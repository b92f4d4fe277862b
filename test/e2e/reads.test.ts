import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MINUTE } from '../../src/model/time.ts'
import { recordsOf } from '../../src/runtime/records.ts'
import { type Stage, startStage } from '../cli/stage.ts'
import { until } from '../local/fixture.ts'

/**
 * Applications fetch over the wire; CloudTrail's records of it come late, in another order, twice or not at all, by the
 * template's own rule and the queue, to the real handler; `consumers` tells.
 */
let on: Stage
/** The applications' clock is so much later than the stage's. */
let laterMs = -MINUTE
/** Roles whose reads come to nobody. */
const lost = new Set<string>()
let count = 0
/** How many records are still to come. */
let coming = 0

beforeAll(async () => {
  on = await startStage(
    'reading',
    `defaults: { timezone: UTC, timeout: 20s }
schedules:
  nightly:
    when: cron(0 3 * * ? *)
    secrets: [app/orders, app/quiet]
    adoption: { within: 24h }
    consumers:
      - { ecs: shop/orders, secrets: [app/orders] }
      - { observe: never, secrets: [app/orders] }
  silent: { when: cron(0 4 * * ? *), secrets: [app/silent] }
  tagged: { when: cron(0 5 * * ? *), secrets: { tags: { team: a } }, consumers: [{ observe: tagged }] }
`,
    {
      now: () => Date.now() + laterMs,
      habits: {
        trail(event) {
          const said = JSON.stringify(event)
          if ([...lost].some((role) => said.includes(`:role/${role}"`))) return []
          const late = (count++ * 37) % 150
          const all = count % 3 === 0 ? [late, 150 - late] : [late]
          coming += all.length
          return all
        },
        heard(event) {
          if (event['detail-type'] === 'AWS API Call via CloudTrail') coming--
          return event
        },
      },
    },
  )
  for (const name of ['app/orders', 'app/quiet', 'app/silent']) await on.secret(name)
})
afterAll(() => on.stop())

/** `role.session` fetches. */
async function fetchBy(who: string, secret = 'app/orders', VersionStage?: string): Promise<void> {
  const credentials = { accessKeyId: who, secretAccessKey: 'local' }
  const client = new SecretsManagerClient({ credentials, endpoint: on.aws.endpoint, region: 'eu-central-1' })
  await client.send(new GetSecretValueCommand({ SecretId: secret, ...(VersionStage && { VersionStage }) }))
}

const readersOf = (secret: string) => recordsOf('reading').readers.of(secret, Date.now())

/** Waits until each of these was heard: of what came after the rotation, where that is asked for. */
const heard = (roles: string[], parts: { since?: boolean } = {}) =>
  until(async () => {
    const { readers } = await readersOf('app/orders')
    const isHeard = (role: string) => {
      const { lastSeen = '', otherSeen = '' } =
        readers.find(({ principal }) => principal.endsWith(`/${role}`)) ?? {}
      const since = parts.since ? new Date().toISOString() : ''
      return [lastSeen, otherSeen].some((at) => at > since)
    }
    return coming === 0 && roles.every(isHeard)
  }, 'the records have not come')

it('who has fetched since is told, who was not seen to is named, and nobody else', async () => {
  for (const role of [
    'orders.task-1',
    'orders.task-2',
    'batch.nightly',
    'unheard.one',
    'alone.fn',
    'previous.x',
  ])
    await fetchBy(role)
  const { ARN: arn = '' } = await on.secretsManager.send(
    new DescribeSecretCommand({ SecretId: 'app/orders' }),
  )
  await fetchBy('ansible.run', arn)
  await heard(['orders', 'batch', 'unheard', 'alone', 'previous', 'ansible'])
  const { code } = await on.run('run', '--secret', 'app/orders', '--wait', '--yes')
  expect(code).toBe(0)

  const before = JSON.parse((await on.run('consumers', '--secret', 'app/orders', '--json')).stdout)
  expect(before.adoption.unknown).toBe('NOTHING_HEARD')
  laterMs = MINUTE
  lost.add('unheard')
  // Old records come after new ones, too.
  for (const role of ['orders.task-3', 'alone.fn', 'unheard.one', 'fresh.fn']) await fetchBy(role)
  await fetchBy('previous.x', 'app/orders', 'AWSPREVIOUS')
  await fetchBy('ansible.run', arn)
  await heard(['orders', 'alone', 'fresh', 'previous', 'ansible'], { since: true })

  const ended = await on.run('consumers', '--secret', arn, '--json')
  expect(ended.code).toBe(1)
  const { adoption, declared, readers } = JSON.parse(ended.stdout)
  const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`
  const named = (some: { principal: string }[]) => some.map(({ principal }) => principal).sort()
  expect(named(adoption.behind)).toEqual([role('batch'), role('previous'), role('unheard'), 'never'].sort())
  expect(adoption).toMatchObject({ known: 8, fetched: 4, unclear: [], shared: [role('orders')] })
  expect(adoption).not.toHaveProperty('unknown')
  expect(declared.map(({ id }: { id: string }) => id)).toEqual(['ecs:shop/orders', 'observe:never'])
  expect(readers).toHaveLength(7)
  expect(readers).not.toContainEqual(expect.objectContaining({ rotates: true }))

  const { stdout } = await on.run('consumers', '--secret', 'app/orders')
  expect(stdout).toMatch(/ecs +shop\/orders +deployed anew +nightly/)
  expect(stdout).toMatch(/role previous, last fetched .* asks for\s+AWSPREVIOUS/)
  expect(stdout).toContain('fetched since: 4 of 8')
})

it('a secret that nobody was heard to fetch is not known, and one that does not ask has no readers', async () => {
  await fetchBy('orders.task-1', 'app/silent')
  const unrotated = await on.run('consumers', '--secret', 'app/quiet')
  await on.run('run', '--secret', 'app/quiet', '--wait', '--yes')
  const quiet = await on.run('consumers', '--secret', 'app/quiet')
  expect(unrotated.stdout).toContain('it has not rotated yet')
  expect([quiet.code, quiet.stdout]).toEqual([1, expect.stringContaining('not known who has fetched since')])
  const silent = await on.run('consumers', '--secret', 'app/silent')
  expect([silent.code, silent.stdout]).toEqual([0, expect.stringContaining('is not watched')])
  expect((await readersOf('app/silent')).readers).toEqual([])
  const other = await on.run('consumers', '--secret', 'app/order')
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('did you mean "app/orders"?')])
})

it('what was noted of it stands in show, status and report', async () => {
  const { adoption, rotation } = JSON.parse(
    (await on.run('consumers', '--secret', 'app/orders', '--json')).stdout,
  )
  await on.ledger.noteAdoption(rotation.rotationId, adoption)
  const found = { secretName: 'app/orders', schedule: 'nightly', rotationId: rotation.rotationId, adoption }
  const { states } = recordsOf('reading')
  await states.put({ ranAt: new Date().toISOString(), marks: {}, adoptions: [found] }, 0)

  const show = await on.run('show', rotation.rotationId)
  expect(show.stdout).toMatch(/fetched +fetched since: 4 of 8; not seen to fetch: role/)
  const status = await on.run('status')
  expect(status.stdout).toMatch(
    /NOT SEEN TO BE FETCHED[^\n]*\n +app\/orders: fetched since: 4 of 8; [\s\S]*npx aws-tourbillon consumers --config \S+ --secret app\/orders\n/,
  )
  expect(JSON.parse((await on.run('status', '--json')).stdout).adoptions).toEqual([found])
  const report = await on.run('report', '--from', '2026-01-01')
  expect(report.stdout).toMatch(/## Fetched since\n[\s\S]*app\/orders[^\n]*fetched since: 4 of 8/)
})

it('a schedule that chooses by tags alone names nobody of a secret that it may not have', async () => {
  const [one] = JSON.parse(
    (await on.run('run', '--secret', 'app/orders', '--dry-run', '--json')).stdout,
  ).rotations
  expect(one.usedBy).not.toContain('observe:tagged')
  const { code, stderr } = await on.run('consumers', '--secret', 'team/a')
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('no schedule names the secret team/a; tagged may have it by its tags'),
  ])
})

it('who uses a secret is said before it rotates', async () => {
  const dry = await on.run('run', '--secret', 'app/orders', '--dry-run')
  expect(dry.stdout).toMatch(
    /^would rotate app\/orders at .*\n {2}used by ecs:shop\/orders, observe:never\n {2}May still have the value of before, .*: app\/orders: ecs:shop\/orders FAILED; role .* not seen to fetch .*\n$/,
  )
  const [one] = JSON.parse(
    (await on.run('run', '--secret', 'app/orders', '--dry-run', '--json')).stdout,
  ).rotations
  expect(one.usedBy).toEqual(['ecs:shop/orders', 'observe:never'])
  expect((await on.run('run', '--secret', 'app/quiet', '--dry-run')).stdout).not.toContain('used by')
  expect((await on.run('plan')).stdout).toContain(
    '+ nightly\n    used by ecs:shop/orders (of app/orders), observe:never (of app/orders)\n+ silent\n',
  )
})
