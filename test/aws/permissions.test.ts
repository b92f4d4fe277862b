import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TABLE_ACTIONS } from '../../src/ledger/table.ts'

/** What IAM calls a command, where it is not the command's own name. */
const ACTIONS: Record<string, string> = {
  Invoke: 'InvokeFunction',
  Get: 'GetItem',
  BatchGet: 'BatchGetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
}

/** Whoever may sign may call it. Source: STS API reference, GetCallerIdentity. */
const FREE = 'GetCallerIdentity'

/** A transaction asks for the actions of its items. */
const OF_ITS_ITEMS = 'TransactWrite'

const commandsIn = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/new (\w+)Command\(/g)].map(
    ([, name = '']) => ACTIONS[name] ?? name,
  )

const sourcesOf = (room: string) => readdirSync(room).map((name) => join(room, name))

it('each adapter writes down what IAM asks for its calls', () => {
  const asking = sourcesOf('src/aws').filter((path) => commandsIn(path).length > 0)
  expect(asking.length).toBeGreaterThan(7)
  for (const path of asking) {
    const written = [...readFileSync(path, 'utf8').matchAll(/'[a-z]+:(\w+)'/g)].map(([, name]) => name)
    expect({
      path,
      asked: commandsIn(path).filter((name) => name !== FREE && !written.includes(name)),
    }).toEqual({
      path,
      asked: [],
    })
  }
})

it('the ledger sends nothing that the roles’ table of its actions does not have', () => {
  const written = Object.values(TABLE_ACTIONS).flat()
  const sent = sourcesOf('src/ledger').flatMap(commandsIn)
  expect(sent.length).toBeGreaterThan(3)
  expect(sent.filter((name) => name !== OF_ITS_ITEMS && !written.includes(`dynamodb:${name}`))).toEqual([])
})
