/**
 * A local AWS as a process of its own, by the clock of chaos: started by `world.ts` with the names of lies, and a stage.
 * It has the stage's ledger, and answers to what it is asked by IPC.
 */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { tableDefinition } from '../../src/ledger/table.ts'
import { type Fault, startLocalAws } from '../../src/local/aws.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { clientConfig } from '../local/client-config.ts'
import { leftOver } from '../local/cloudformation/left-over.ts'
import { type Lie, optionsOf } from './lies.ts'

export type AskedOfAws = { id: number } & (
  | { do: 'left' }
  | { do: 'calls' }
  /** From now on. */
  | { do: 'harm'; faults: Fault[] }
)

export type SaidByAws = { env: Record<string, string>; endpoint: string } | { id: number; said: unknown }

const [, , lies = '[]', stage = ''] = process.argv
const { CHAOS_SPEED = '1', CHAOS_BEGAN = '', NODE_OPTIONS = '', NODE_COMPILE_CACHE = '' } = process.env
const options = optionsOf(JSON.parse(lies) as Lie[])
const aws = await startLocalAws({
  // Each rotation and alarm is told within seconds, as on a good day.
  ...{ jitterMs: () => 1_000, alarmDelayMs: 20_000, stackStepMs: 200 },
  ...options,
  log: (line) => console.error(line),
  functionEnv: { CHAOS_SPEED, CHAOS_BEGAN, NODE_OPTIONS, NODE_COMPILE_CACHE, ...options.functionEnv },
})
await new DynamoDBClient(clientConfig(aws)).send(
  new CreateTableCommand({ ...tableDefinition, TableName: namesOf(stage).ledgerTable }),
)

const say = (said: SaidByAws) => process.send?.(said)
process.on('disconnect', () => process.exit())
process.on('message', async (asked: AskedOfAws) => {
  const { id } = asked
  if (asked.do === 'left') say({ id, said: await leftOver(aws) })
  if (asked.do === 'harm') say({ id, said: aws.faults.push(...asked.faults) })
  if (asked.do === 'calls') say({ id, said: aws.calls })
})
say({ env: aws.env, endpoint: aws.endpoint })
