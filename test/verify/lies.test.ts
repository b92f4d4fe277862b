import { afterEach, describe, expect, test } from 'vitest'
import type { FactName, Verdict } from '../../src/model/facts.ts'
import type { Lie } from './lies.ts'
import { startVerifyWorld, type Told } from './world.ts'

type World = Awaited<ReturnType<typeof startVerifyWorld>>

const worlds: World[] = []
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((it) => it.stop()))
})

async function worldOf(lie: Lie): Promise<World> {
  const world = await startVerifyWorld(lie)
  worlds.push(world)
  return world
}

/** Facts that one probe tells: what a lie changes beside its own would show there. None that a slow machine changes. */
const PROBES: FactName[][] = [
  ['version-id', 'label-event'],
  ['repeated-token', 'failure-event'],
]
const asked = (fact: FactName) => PROBES.find((it) => it.includes(fact)) ?? [fact]

const verdicts = ({ facts }: Told) => Object.fromEntries(facts.map(({ name, verdict }) => [name, verdict]))

/** A lie, the fact that it is about, what becomes of its verdict, and what is seen. */
const ROWS: [Lie, FactName, Verdict, RegExp][] = [
  ['another version than the token', 'version-id', 'DIFFERS', /"isToken":false/],
  ['used tokens that rotate again', 'repeated-token', 'DIFFERS', /"done":"accepted and attempted again"/],
  ['used tokens that are refused', 'repeated-token', 'HOLDS', /"done":"refused: InvalidRequestException"/],
  ['names per account', 'execution-names', 'HOLDS', /"scope":"account"/],
  ['names per function', 'execution-names', 'HOLDS', /"scope":"function"/],
  ['an event that is lost', 'messages', 'DIFFERS', /"event":"not seen","text":\d/],
  ['a text that is lost', 'messages', 'DIFFERS', /"event":\d+,"text":"not seen"/],
  ['a clock five seconds ahead', 'lambda-clock', 'DIFFERS', /"aheadMs":(4|5)\d{3}/],
  ['no need of lambda:InvokeFunction', 'invoke-permission', 'HOLDS', /"needed":false/],
]

describe('an AWS that lies in one thing', () => {
  test.each(ROWS)('%s: %s %s', async (lie, fact, verdict, seen) => {
    const world = await worldOf(lie)
    const { told, stderr } = await world.verify(asked(fact), /not seen|notWithin/.test(String(seen)) ? 1 : 10)
    const found = told.facts.find(({ name }) => name === fact)
    expect(JSON.stringify(found), stderr).toMatch(seen)
    expect(verdicts(told)).toEqual({
      ...Object.fromEntries(asked(fact).map((it) => [it, 'HOLDS'])),
      [fact]: verdict,
    })
    expect(await world.left()).toEqual([])
    const operators = (await world.calls()).filter(({ caller }) => caller === 'local')
    expect(operators.length).toBeGreaterThan(0)
    expect(operators.filter(({ service }) => service === 'secretsmanager')).toEqual([])
  })
})
