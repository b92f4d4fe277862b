import { describe, expect, it, test } from 'vitest'
import { FACT_NAMES, type FactName, type Verdict } from '../../src/model/facts.ts'
import { LIES, type Lie } from './lies.ts'
import { speedHere, startVerifyWorld, type Told } from './world.ts'

/** A number in these bounds. */
const from = (least: number, most = Number.POSITIVE_INFINITY) =>
  expect.toSatisfy((it) => typeof it === 'number' && it >= least && it <= most, `${least} to ${most}`)

const spreadFrom = (least: number, count: unknown = from(1)) => ({
  count,
  least: from(least),
  middle: from(least),
  most: from(least),
})

const PATIENCE = 2
const NOT_SEEN = { notWithinMs: PATIENCE * 60_000 }
const AGAIN = 'accepted and attempted again'
const NOTHING = 'accepted, nothing'
const REFUSED = 'refused: InvalidRequestException'
const TOLD = { parent: 'InvokeError', deadLetter: true, event: true, alarm: true }

/** Of each lie: the fact that it is about, what becomes of its verdict, and all that is seen of it. */
const CHANGED: Record<Lie, [FactName, Verdict, seen: unknown]> = {
  'deliveries more than three minutes late': ['delivery-delay', 'DIFFERS', spreadFrom(189_000, 5)],
  'a time that is early by seconds, among others that are late': [
    ...(['scheduled-time', 'DIFFERS'] as const),
    { text: expect.stringMatching(/:23Z$/), offMs: -7_000 },
  ],
  'a time with an offset': [
    ...(['scheduled-time', 'DIFFERS'] as const),
    { text: expect.stringMatching(/T\d\d:\d\d:[03]0\+00:00$/), offMs: 0 },
  ],
  'zones by other data': [
    ...(['scheduler-zones', 'DIFFERS'] as const),
    expect.toSatisfy(
      (zones: { ours: number; fired?: number }[]) =>
        zones.length === 3 && zones.every(({ ours, fired }) => fired !== undefined && fired !== ours),
    ),
  ],
  'waits that end 20 s late': [
    ...(['wake-delay', 'DIFFERS'] as const),
    { cold: spreadFrom(20_000), warm: spreadFrom(20_000) },
  ],
  'another version than the token': ['version-id', 'DIFFERS', { isToken: false }],
  'versions that show after 90 s': ['version-visible', 'DIFFERS', spreadFrom(80_000, 1)],
  'used tokens that rotate again': [
    ...(['repeated-token', 'DIFFERS'] as const),
    { pending: AGAIN, done: AGAIN, failed: AGAIN },
  ],
  'used tokens that are refused': [
    ...(['repeated-token', 'HOLDS'] as const),
    { pending: REFUSED, done: REFUSED, failed: REFUSED },
  ],
  'used tokens that do nothing': [
    ...(['repeated-token', 'DIFFERS'] as const),
    { pending: NOTHING, done: NOTHING, failed: NOTHING },
  ],
  'used tokens that rotate again while pending, and are refused after a failure': [
    ...(['repeated-token', 'DIFFERS'] as const),
    { pending: AGAIN, done: NOTHING, failed: REFUSED },
  ],
  'no event of labels': ['label-event', 'DIFFERS', NOT_SEEN],
  'no trail': ['failure-event', 'DIFFERS', NOT_SEEN],
  'another shape of RotationFailed': [
    ...(['failure-event', 'DIFFERS'] as const),
    expect.objectContaining({
      readable: false,
      shape: expect.arrayContaining(['detail.responseElements.rotation.SecretId']),
    }),
  ],
  'names per account': ['execution-names', 'HOLDS', { scope: 'account' }],
  'names per function': ['execution-names', 'HOLDS', { scope: 'function' }],
  'no dead letters of failures': ['failed-execution', 'DIFFERS', { ...TOLD, deadLetter: false }],
  'no dead letters of what is stopped': ['stopped-execution', 'DIFFERS', { ...TOLD, deadLetter: false }],
  'no event of a failure': ['failed-execution', 'DIFFERS', { ...TOLD, event: false }],
  'no event of a stop': ['stopped-execution', 'DIFFERS', { ...TOLD, event: false }],
  'no alarm in time': ['failed-execution', 'DIFFERS', { ...TOLD, alarm: false }],
  'the newest version goes on': ['running-version', 'DIFFERS', { started: '1', wentOn: '2' }],
  'an event that is lost': [
    ...(['messages', 'DIFFERS'] as const),
    { event: 'not seen', text: from(0), email: 'not asked' },
  ],
  'a text that is lost': [
    ...(['messages', 'DIFFERS'] as const),
    { event: from(0), text: 'not seen', email: 'not asked' },
  ],
  'a clock five seconds ahead': [
    ...(['lambda-clock', 'DIFFERS'] as const),
    { aheadMs: from(4_000, 6_000), uncertainMs: from(0, 1_500) },
  ],
  'no need of lambda:InvokeFunction': ['invoke-permission', 'HOLDS', { needed: false }],
}

/** A local AWS each, that tells lies about things of different services; and facts beside, which go on to hold. */
const RUNS: [lies: Lie[], others: FactName[], minutes: number][] = [
  [
    ['deliveries more than three minutes late', 'versions that show after 90 s'],
    ['scheduled-time', 'version-id', 'label-event'],
    10,
  ],
  [
    ['a time that is early by seconds, among others that are late', 'used tokens that rotate again'],
    ['delivery-delay', 'failure-event'],
    10,
  ],
  [
    ['a time with an offset', 'another version than the token'],
    ['delivery-delay', 'scheduler-zones', 'version-visible', 'label-event'],
    10,
  ],
  [['zones by other data', 'waits that end 20 s late'], ['running-version'], 10],
  [['another shape of RotationFailed', 'the newest version goes on'], ['repeated-token', 'label-event'], 10],
  [['used tokens that are refused', 'names per function'], ['failure-event'], 10],
  [['no event of labels', 'used tokens that do nothing'], ['version-id', 'failure-event'], PATIENCE],
  [
    ['no trail', 'used tokens that rotate again while pending, and are refused after a failure'],
    ['label-event'],
    PATIENCE,
  ],
  [['no dead letters of failures', 'an event that is lost'], ['stopped-execution'], PATIENCE],
  [
    ['no dead letters of what is stopped', 'no need of lambda:InvokeFunction'],
    ['failed-execution'],
    PATIENCE,
  ],
  [['no event of a failure', 'a text that is lost'], ['stopped-execution', 'label-event'], PATIENCE],
  [['no event of a stop', 'names per account'], ['failed-execution', 'label-event'], PATIENCE],
  [['no alarm in time', 'a clock five seconds ahead'], ['version-id'], PATIENCE],
]

describe.concurrent('an AWS that lies changes that fact, and no other', () => {
  test.each(RUNS)('%s', async (lies, others, minutes) => {
    const changed = lies.map((it) => CHANGED[it])
    const { told, stderr } = await runOf(lies, [...changed.map(([fact]) => fact), ...others], minutes)
    const about = `${stderr}\n${JSON.stringify(told.facts, undefined, 1)}`
    for (const [fact, , seen] of changed)
      expect(told.facts.find(({ name }) => name === fact)?.seen, about).toEqual(seen)
    expect(verdicts(told), about).toEqual({
      ...Object.fromEntries(others.map((it) => [it, 'HOLDS'])),
      ...Object.fromEntries(changed.map(([fact, verdict]) => [fact, verdict])),
    })
  })

  test('and of an honest one everything holds', async () => {
    // A machine that is slow wakes late.
    const { told, stderr } = await runOf([], [], 10, Math.max(1, speedHere() - 1))
    const about = `${stderr}\n${JSON.stringify(told.facts, undefined, 1)}`
    expect(verdicts(told), about).toEqual({
      ...Object.fromEntries(FACT_NAMES.map((it) => [it, 'HOLDS'])),
      // Whether an e-mail arrives only a person can tell.
      messages: 'UNKNOWN',
    })
  })

  it('no lie is left out', () => {
    expect(RUNS.flatMap(([lies]) => lies).sort()).toEqual(Object.keys(LIES).sort())
  })
})

/** Such a run leaves nothing, and its operator has not called Secrets Manager. */
async function runOf(lies: Lie[], facts: FactName[], minutes: number, speed = speedHere()) {
  const world = await startVerifyWorld(lies, { speed })
  try {
    const ended = await world.verify(facts, { minutes })
    expect(await world.left(), ended.stderr).toEqual([])
    const operators = (await world.calls()).filter(({ caller }) => caller === 'local')
    expect(operators.length).toBeGreaterThan(0)
    expect(operators.filter(({ service }) => service === 'secretsmanager')).toEqual([])
    return ended
  } finally {
    await world.stop()
  }
}

const verdicts = ({ facts }: Told) => Object.fromEntries(facts.map(({ name, verdict }) => [name, verdict]))
