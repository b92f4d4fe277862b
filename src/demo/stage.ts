import { writeFile } from 'node:fs/promises'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Config } from '../config/config.ts'
import { tableDefinition } from '../ledger/table.ts'
import { topicArn } from '../local/arn.ts'
import type { LocalAws } from '../local/aws.ts'
import { namesOf } from '../model/resource-names.ts'

/**
 * What `serverless deploy` does for a stage on AWS, on the local one: the ledger's table, the compiled config, the
 * real handlers. Once a process: handlers read their environment as they load, which must already be that of `aws`.
 */
export async function deployStage(config: Config, aws: LocalAws, configFile: string): Promise<void> {
  const names = namesOf(config.stage)
  await writeFile(configFile, JSON.stringify(config))
  process.env.TOURBILLON_CONFIG = configFile
  process.env.TOURBILLON_ALERT_TOPIC = topicArn(names.alertTopic)
  await new DynamoDBClient({}).send(
    new CreateTableCommand({ ...tableDefinition, TableName: names.ledgerTable }),
  )
  const [rotate, rotateNow, audit] = await Promise.all([
    import('../../handlers/rotate.ts'),
    import('../../handlers/rotate-now.ts'),
    import('../../handlers/audit.ts'),
  ])
  aws.durableFunctions.set(names.rotateFunction, rotate.handler as DurableLambdaHandler)
  aws.functions.set(names.rotateNowFunction, (event) => rotateNow.handler(event as object))
  aws.functions.set(names.auditFunction, (event) => audit.handler(event as object))
}
