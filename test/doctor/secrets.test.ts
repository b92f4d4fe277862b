import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { checks } from '../../src/doctor/checks.ts'
import { backstopDays } from '../../src/doctor/secrets/backstop.ts'
import type { SecretFacts } from '../../src/doctor/secrets/facts.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Case, judges } from './table.ts'

const NOW = Date.parse('2026-11-24T22:00:00Z')
const DAY = 86_400_000
const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:prod/db-AbCdEf'
const LAMBDA = 'arn:aws:lambda:eu-central-1:000000000000:function:rotate'
const DENIED = { unknown: 'secretsmanager:DescribeSecret: not allowed (AccessDeniedException)' }

const good = {
  ARN,
  Name: 'prod/db',
  RotationEnabled: true,
  RotationLambdaARN: LAMBDA,
  CreatedDate: new Date(NOW - 300 * DAY),
  LastRotatedDate: new Date(NOW - DAY),
  VersionIdsToStages: { one: ['AWSPREVIOUS'], two: ['AWSCURRENT', 'AWSPENDING'] },
}

/** A nightly secret in order, but for this. */
function facts(secret: object = {}, other: Partial<SecretFacts> = {}): SecretFacts {
  return {
    named: ['--stage', 'prod'] as const,
    secret: 'prod/db',
    key: 'prod/db',
    now: NOW,
    next: NOW + DAY / 4,
    longestGapMs: DAY,
    described: { found: { ...good, ...secret } as unknown as DescribeSecretCommandOutput },
    underWay: { found: false },
    last: { found: undefined },
    ...other,
  }
}

const ended = (status: string, daysAgo: number, rest: object = {}) => ({
  last: {
    found: {
      rotationId: 'r1',
      scheduledAt: new Date(NOW - daysAgo * DAY).toISOString(),
      settledAt: new Date(NOW - daysAgo * DAY).toISOString(),
      status,
      ...rest,
    } as Rotation,
  },
})
const missing: Partial<SecretFacts> = { described: { found: undefined } }
const stuck = { VersionIdsToStages: { two: ['AWSCURRENT'], three: ['AWSPENDING'] } }
const backstop = {
  RotationRules: { AutomaticallyAfterDays: 30 },
  NextRotationDate: new Date(NOW + 29 * DAY),
}
const past = { NextRotationDate: new Date(NOW - 1) }
const rotated = (ago: number) => ({ LastRotatedDate: new Date(NOW - ago) })

const cases: Case<SecretFacts>[] = [
  ['secret-exists', 'it is there', facts(), 'fine'],
  ['secret-exists', 'it is not', facts({}, missing), { wrong: /no secret of this name/ }],
  [
    'secret-exists',
    'it is being deleted',
    facts({ DeletedDate: new Date(NOW) }),
    { wrong: /deletion since 2026-11-24/, todo: /restore-secret --secret-id prod\/db/ },
  ],
  [
    'secret-exists',
    'nobody may look',
    facts({}, { described: DENIED }),
    { unknown: /DescribeSecret: not allowed/ },
  ],
  ['secret-primary', 'it has replicas', facts({ PrimaryRegion: 'eu-central-1' }), 'fine'],
  [
    'secret-primary',
    'it is a replica',
    facts({ PrimaryRegion: 'eu-west-1' }),
    { wrong: /primary region is eu-west-1/, todo: /region: eu-west-1/ },
  ],
  ['secret-primary', 'it is not there', facts({}, missing), 'says nothing'],
  ['rotation-configured', 'a function is attached', facts(), 'fine'],
  [
    'rotation-configured',
    'its service rotates it',
    facts({ RotationLambdaARN: undefined, OwningService: 'rds' }),
    'fine',
  ],
  [
    'rotation-configured',
    'nothing is attached',
    facts({ RotationLambdaARN: undefined }),
    { wrong: /no rotation function/, todo: /--no-rotate-immediately/ },
  ],
  [
    'rotation-configured',
    'it was cancelled',
    facts({ RotationEnabled: false }),
    { wrong: /switched off/, severity: 'broken', todo: /aws secretsmanager rotate-secret/ },
  ],
  ['pending-stuck', 'AWSPENDING stayed beside AWSCURRENT', facts(), 'fine'],
  [
    'pending-stuck',
    'AWSPENDING is elsewhere',
    facts(stuck),
    { wrong: /version three is AWSPENDING/, todo: /unstick/ },
  ],
  [
    'pending-stuck',
    'AWSPENDING is on a version that was AWSCURRENT',
    facts({ VersionIdsToStages: { one: ['AWSPREVIOUS', 'AWSPENDING'], two: ['AWSCURRENT'] } }),
    {
      wrong: /version one is AWSPENDING, and it was AWSCURRENT before/,
      todo: /unstick --stage \S+ prod\/db/,
    },
  ],
  ['pending-stuck', 'ours is under way', facts(stuck, { underWay: { found: true } }), 'fine'],
  [
    'pending-stuck',
    'the ledger could not be read',
    facts(stuck, { underWay: { unknown: 'dynamodb:Query: no' } }),
    { unknown: /dynamodb/ },
  ],
  ['pending-stuck', 'it is being deleted', facts({ ...stuck, DeletedDate: new Date(NOW) }), 'says nothing'],
  ['last-rotation', 'there was none', facts(), 'fine'],
  ['last-rotation', 'it succeeded', facts({}, ended('SUCCEEDED', 1)), 'fine'],
  [
    'last-rotation',
    'it failed',
    facts(
      { LastRotatedDate: new Date(NOW - 2 * DAY) },
      ended('FAILED', 1, { reason: 'ROTATION_FUNCTION_FAILED', message: 'no route' }),
    ),
    { wrong: /FAILED ROTATION_FUNCTION_FAILED: no route/, todo: /npx aws-tourbillon show --stage prod r1` / },
  ],
  [
    'last-rotation',
    'it was missed',
    facts({ LastRotatedDate: undefined }, ended('MISSED', 1)),
    { wrong: /MISSED/ },
  ],
  ['last-rotation', 'it has rotated since', facts({}, ended('TIMED_OUT', 3)), 'fine'],
  [
    'last-rotation',
    'there is no reading',
    facts({}, { last: { unknown: 'dynamodb:Query: no' } }),
    { unknown: /Query/ },
  ],
  ['native-rotation', 'it has no rules', facts(), 'fine'],
  [
    'native-rotation',
    'a backstop',
    facts({ RotationRules: { AutomaticallyAfterDays: 30 }, NextRotationDate: new Date(NOW + 29 * DAY) }),
    'fine',
  ],
  [
    'native-rotation',
    'due before ours',
    facts({ NextRotationDate: new Date(NOW + DAY / 8) }),
    { wrong: /by itself by 2026-11-25T01:00:00.000Z, before our next/ },
  ],
  [
    'native-rotation',
    'a failing one, in the past',
    facts({ NextRotationDate: new Date(NOW - DAY) }),
    { wrong: /before our next/ },
  ],
  [
    'native-rotation',
    'no later than ours',
    facts({ RotationRules: { AutomaticallyAfterDays: 1 } }),
    { wrong: /every 1 d by itself; our longest gap is 1 d/ },
  ],
  [
    'native-rotation',
    'in hours',
    facts({ RotationRules: { ScheduleExpression: 'rate(12 hours)' } }),
    { wrong: /every 0.5 d/ },
  ],
  [
    'native-rotation',
    'by cron, far off',
    facts({
      RotationRules: { ScheduleExpression: 'cron(0 8 1 * ? *)' },
      NextRotationDate: new Date(NOW + 7 * DAY),
    }),
    'fine',
  ],
  [
    'native-rotation',
    'ours are over',
    facts({ NextRotationDate: new Date(NOW + DAY) }, { next: undefined, longestGapMs: undefined }),
    'fine',
  ],
  ['overdue', 'no maxAge', facts(), 'says nothing'],
  ['overdue', 'young', facts({}, { maxAge: { seconds: 45 * 86_400, schedule: 's' } }), 'fine'],
  [
    'overdue',
    'too old',
    facts({ LastRotatedDate: new Date(NOW - 46 * DAY) }, { maxAge: { seconds: 45 * 86_400, schedule: 's' } }),
    { wrong: /46 days ago; maxAge is 45 days/ },
  ],
  [
    'overdue',
    'never rotated',
    facts({ LastRotatedDate: undefined }, { maxAge: { seconds: 45 * 86_400, schedule: 's' } }),
    { wrong: /never rotated/ },
  ],
  ['rule-scheduled', 'a backstop', facts(backstop), 'fine'],
  [
    'rule-scheduled',
    'a native cron',
    facts({ RotationRules: { ScheduleExpression: 'cron(0 8 1 * ? *)' } }),
    'fine',
  ],
  [
    'rule-scheduled',
    'no rules',
    facts(),
    {
      wrong: /no rotation rules: most likely non-compliant \(no live answer/,
      todo: /rotate-secret --secret-id prod\/db --no-rotate-immediately --rotation-rules AutomaticallyAfterDays=3`/,
    },
  ],
  ['rule-scheduled', 'empty rules', facts({ RotationRules: {} }), { wrong: /no rotation rules/ }],
  [
    'rule-scheduled',
    'rules with nothing but a window',
    facts({ RotationRules: { Duration: '2h' } }),
    { wrong: /no rotation rules/ },
  ],
  [
    'rule-scheduled',
    'no gap is known',
    facts({}, { longestGapMs: undefined }),
    { wrong: /no rotation rules/, todo: /AutomaticallyAfterDays=DAYS`/ },
  ],
  [
    'rule-scheduled',
    'its service owns it, and a shell would take its name for history',
    facts(
      { RotationLambdaARN: undefined, OwningService: 'rds', RotationRules: {} },
      { secret: 'rds!cluster-1' },
    ),
    { wrong: /no rotation rules/, todo: /--secret-id 'rds!cluster-1'/ },
  ],
  ['rule-scheduled', 'nothing is attached', facts({ RotationLambdaARN: undefined }), 'says nothing'],
  ['rule-scheduled', 'it was cancelled', facts({ RotationEnabled: false }), 'says nothing'],
  ['rule-scheduled', 'it is a replica', facts({ PrimaryRegion: 'eu-west-1' }), 'says nothing'],
  ['rule-scheduled', 'nobody may look', facts({}, { described: DENIED }), 'says nothing'],
  ['rule-punctual', 'no date', facts(), 'says nothing'],
  ['rule-punctual', 'it is now', facts({ NextRotationDate: new Date(NOW) }), 'fine'],
  [
    'rule-punctual',
    'it has just passed',
    facts({ NextRotationDate: new Date(NOW - 1) }),
    { wrong: /date, 2026-11-24T21:59:59.999Z, has passed/, todo: /run --stage prod --secret prod\/db/ },
  ],
  ['rule-punctual', 'it was cancelled', facts({ RotationEnabled: false, ...past }), 'says nothing'],
  ['rule-periodic', '90 days old', facts(rotated(90 * DAY)), 'fine'],
  [
    'rule-periodic',
    'a moment older',
    facts(rotated(90 * DAY + 1)),
    { wrong: /most likely non-compliant: last rotated at 2026-08-26/, todo: /run --stage prod --secret/ },
  ],
  [
    'rule-periodic',
    'never rotated, long there',
    facts({ LastRotatedDate: undefined }),
    { wrong: /created, and never rotated, at / },
  ],
  [
    'rule-periodic',
    'never rotated, new',
    facts({ LastRotatedDate: undefined, CreatedDate: new Date(NOW) }),
    'fine',
  ],
  ['rule-periodic', 'no dates', facts({ LastRotatedDate: undefined, CreatedDate: undefined }), 'fine'],
  ['rule-periodic', 'gaps of 90 days', facts({}, { longestGapMs: 90 * DAY }), 'fine'],
  [
    'rule-periodic',
    'gaps of a moment more',
    facts({}, { longestGapMs: 90 * DAY + 1 }),
    { wrong: /up to 90 d apart/, todo: /when: cron\(0 3 1 \* \? \*\)/ },
  ],
  [
    'rule-periodic',
    'long gaps, and a backstop that comes sooner',
    facts({ RotationRules: { AutomaticallyAfterDays: 60 } }, { longestGapMs: 120 * DAY }),
    'fine',
  ],
  [
    'rule-periodic',
    'long gaps, and a backstop after them',
    facts({ RotationRules: { AutomaticallyAfterDays: 122 } }, { longestGapMs: 120 * DAY }),
    { wrong: /up to 120 d apart/ },
  ],
  ['rule-periodic', 'no two of ours', facts({}, { longestGapMs: undefined }), 'fine'],
  ['rule-periodic', 'nothing is attached', facts({ RotationLambdaARN: undefined }), 'says nothing'],
]

describe('secrets', () => judges(checks.secret, cases))

describe('a backstop', () => {
  it.each([
    [1, 3],
    [DAY, 3],
    [DAY + 1, 4],
    [37 * DAY, 39],
    [998 * DAY, 1_000],
    [998 * DAY + 1, undefined],
    [undefined, undefined],
  ])('over gaps of %s ms has %s days', (gap, expected) => expect(backstopDays(gap)).toBe(expected))

  // The first moment of its window is 00:00 UTC of its last day (docs/aws-facts.md, NextRotationDate).
  it('never opens before our next one has had a day, at any time of day', () => {
    for (let rotatedAt = NOW; rotatedAt < NOW + DAY; rotatedAt += 997_000) {
      for (const gap of [DAY, 7 * DAY, 7 * DAY + 1, 31.5 * DAY]) {
        const day = Math.floor(rotatedAt / DAY)
        const opens = (day + (backstopDays(gap) ?? 0)) * DAY
        expect(opens).toBeGreaterThan(rotatedAt + gap + DAY)
      }
    }
  })

  it.each([1, DAY, 7 * DAY, 90 * DAY])('that is proposed satisfies every check (gaps of %s ms)', (gap) => {
    const days = backstopDays(gap)
    const proposed = { RotationRules: { AutomaticallyAfterDays: days } }
    const its = facts(proposed, { longestGapMs: gap })
    for (const name of ['native-rotation', 'rule-scheduled', 'rule-periodic'])
      expect([name, checks.secret.find((it) => it.name === name)?.check(its)]).toEqual([name, 'fine'])
  })
})
