import { writeFile } from 'node:fs/promises'
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Config } from '../config/config.ts'
import { reads } from '../deploy/reads.ts'
import { tableDefinition } from '../ledger/table.ts'
import { ACCOUNT, queueArn, REGION, topicArn } from '../local/arn.ts'
import type { LocalAws } from '../local/aws.ts'
import type { Rule } from '../local/events.ts'
import { watchesReads } from '../model/adoption.ts'
import { handsOver } from '../model/handover.ts'
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
  if (handsOver(config)) {
    const handover = await import('../../handlers/handover.ts')
    aws.durableFunctions.set(names.handoverFunction, handover.handler as DurableLambdaHandler)
  }
  aws.functions.set(names.rotateNowFunction, (event) => rotateNow.handler(event as object))
  aws.functions.set(names.auditFunction, (event) => audit.handler(event as object))
  if (watchesReads(config)) await listenForReads(config, aws)
}

/** Who fetches the secrets of schedules with `adoption`: the real handler, and what comes to it. */
async function listenForReads(config: Config, aws: LocalAws): Promise<void> {
  const names = namesOf(config.stage)
  const { handler } = await import('../../handlers/reads.ts')
  aws.functions.set(names.readsFunction, (event) => handler(event as Parameters<typeof handler>[0]))
  deliverReads(config, aws)
}

/** What comes to the function that notes reads: by the template's own rules, and the queue. Also for tests. */
export function deliverReads(config: Config, aws: LocalAws): void {
  const names = namesOf(config.stage)
  const queue = queueArn(names.readsQueue)
  aws.eventSources.set(queue, { functionName: names.readsFunction, most: 100 })
  const settings = { rotationFunctions: [], alertEmails: [], disposable: true }
  for (const [id, { Type, Properties }] of Object.entries(reads(config, names, settings)))
    if (Type === 'AWS::Events::Rule')
      aws.rules.set(id, {
        pattern: filledIn(Properties.EventPattern),
        targets: [queue],
        all: Properties.State !== 'ENABLED',
      })
}

/** As CloudFormation does. */
function filledIn(pattern: unknown): Rule['pattern'] {
  const here: Record<string, string> = { Partition: 'aws', Region: REGION, AccountId: ACCOUNT }
  const text = JSON.stringify(pattern).replaceAll(/\{"Fn::Sub":("[^"]*")\}/g, '$1')
  return JSON.parse(text.replaceAll(/\$\{AWS::(\w+)\}/g, (_, name: string) => here[name] ?? ''))
}
