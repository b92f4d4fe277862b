import { describe, expect, it } from 'vitest'
import type { Consumer } from '../../src/model/consumers.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { undoAdvice } from '../../src/operate/undo.ts'
import { aClaim } from '../ledger/table.ts'
import { entry } from '../schedules/entry.ts'

const SECRET = 'prod/orders/db'
const STAGE = ['--stage', 'prod'] as const
const CONSUMERS: Consumer[] = [
  { kind: 'ecs', name: 'shop/api' },
  { kind: 'ssm', name: 'restart' },
  { kind: 'invoke', name: 'warm' },
  { kind: 'observe', name: 'reports' },
]

function rotation(parts: Partial<Rotation> = {}): Rotation {
  const rotatedAt = '2026-11-29T03:00:10.000Z'
  const claim = aClaim({
    rotationId: '28e2bcee-b53c-5469-acce-b9ca7dd84e52',
    secret: SECRET,
    schedule: 'nightly',
  })
  const ids = { versionId: claim.rotationId, previousVersionId: 'aaaaaaaa-b53c-5469-acce-b9ca7dd84e52' }
  return { ...claim, ...ids, status: 'SUCCEEDED', rotatedAt, events: [], ...parts }
}

function advised(
  parts: Partial<Rotation>,
  { strategy, since = [] }: { strategy?: 'alternating'; since?: Rotation[] } = {},
) {
  const schedule = entry({
    name: 'nightly',
    secrets: [SECRET],
    consumers: CONSUMERS,
    ...(strategy && { strategy }),
  })
  const { labels, commands, ...rest } = undoAdvice(rotation(parts), { schedules: [schedule] }, since, STAGE)
  return { labels, commands: commands.map(({ command }) => command), ...rest }
}

const moves = ({ commands }: { commands: string[] }) =>
  commands.some((it) => it.includes('update-secret-version-stage'))

describe('undo advises', () => {
  it('one user: never to move labels; to rotate again and let consumers take what is current', () => {
    const advice = advised({})
    expect(advice).toMatchObject({
      strategy: 'single',
      labels: expect.stringMatching(/dead since setSecret.*Do not move labels/s),
    })
    expect(advice.commands).toEqual([
      `npx aws-tourbillon run --stage prod --secret ${SECRET}`,
      'aws ecs update-service --cluster shop --service api --force-new-deployment',
      'aws ssm start-automation-execution --document-name restart',
      expect.stringMatching(/^aws lambda invoke --function-name warm .* --payload '\{"rotationId":"28e2bcee/),
    ])
    expect(moves(advice)).toBe(false)
  })

  it('two users: the labels may be moved until the next rotation, which is held first', () => {
    const { labels, commands } = advised({}, { strategy: 'alternating' })
    expect(labels).toMatch(/lives until setSecret of the next rotation/)
    expect(commands.slice(0, 2)).toEqual([
      expect.stringMatching(/^npx aws-tourbillon hold --stage prod --secret prod\/orders\/db --reason /),
      `aws secretsmanager update-secret-version-stage --secret-id ${SECRET} --version-stage AWSCURRENT --move-to-version-id aaaaaaaa-b53c-5469-acce-b9ca7dd84e52 --remove-from-version-id 28e2bcee-b53c-5469-acce-b9ca7dd84e52`,
    ])
  })

  it('two users, and a later rotation has begun: not any more', () => {
    const later = rotation({ rotationId: 'ffffffff-b53c-5469-acce-b9ca7dd84e52' })
    const advice = advised({}, { strategy: 'alternating', since: [later] })
    expect(advice.labels).toMatch(/died, or may have, as rotation ffffffff/)
    expect(moves(advice)).toBe(false)
  })

  it('two users, and nobody knows which version it was: not', () => {
    const { previousVersionId: _, ...unknown } = rotation()
    const advice = undoAdvice(
      unknown,
      { schedules: [entry({ name: 'nightly', secrets: [SECRET], strategy: 'alternating' })] },
      [],
      STAGE,
    )
    expect(advice.labels).toMatch(/does not say which version/)
  })

  it('a config that changed since does not make one user of two: the record says how it was', () => {
    expect(
      advised({ limits: { windowSeconds: 1, timeoutSeconds: 1, strategy: 'alternating' } }).strategy,
    ).toBe('alternating')
  })

  it.each([
    ['CLAIMED', /under way/, [/ show /]],
    ['ROTATING', /under way/, [/ show /]],
    ['SKIPPED', /nothing to undo/, [/ run /]],
    ['MISSED', /nothing to undo/, [/ run /]],
    ['FAILED', /not seen to move \(PENDING_VERSION_STUCK\)/, [/ run /, / unstick /]],
    ['TIMED_OUT', /not seen to move/, [/ run /, / unstick /]],
  ] as const)('%s, which moved no label', (status, words, commands) => {
    const { rotatedAt: _, ...unmoved } = rotation({ status, reason: 'PENDING_VERSION_STUCK' })
    const schedule = entry({ name: 'nightly', secrets: [SECRET], consumers: CONSUMERS })
    const advice = undoAdvice(unmoved, { schedules: [schedule] }, [], STAGE)
    expect(advice.labels).toMatch(words)
    expect(advice.commands.map(({ command }) => command)).toEqual(
      commands.map((it) => expect.stringMatching(it)),
    )
  })

  it('consumers that are fresh are left alone', () => {
    const consumer = (id: string, state: 'FRESH' | 'FAILED') => ({
      id,
      state,
      since: '2026-11-29T03:00:10.000Z',
    })
    const consumers = [consumer('ecs:shop/api', 'FRESH'), consumer('ssm:restart', 'FAILED')]
    const { commands } = advised({
      handover: { status: 'PARTIAL', until: '2026-11-29T05:00:00.000Z', consumers },
    })
    expect(commands.filter((it) => it.startsWith('aws '))).toEqual([
      'aws ssm start-automation-execution --document-name restart',
    ])
  })
})
