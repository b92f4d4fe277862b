import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { namesOf } from '../../src/model/resource-names.ts'
import { startBenchStage } from '../stage.ts'
import { recorded } from './counters.ts'
import { type Case, type ExecutionFigures, type Figures, heap, peak, secretsOf } from './figures.ts'

const STAGE = 'fleet'

/** A wave through the real handlers, the SDK's durable runner and real clients, all in this process. Once a process. */
export async function overHttp(asked: Case): Promise<Figures> {
  const secrets = secretsOf(asked)
  const stage = await startBenchStage(
    STAGE,
    `schedules:\n  nightly: { when: cron(* * * * ? *), timezone: UTC, concurrency: ${asked.concurrency}, secrets: [${secrets}] }\n`,
  )
  const { aws } = stage
  const { rotateFunction, rotateAlias } = namesOf(STAGE)
  const executions = new Map<string, ExecutionFigures>()
  const handler = aws.durableFunctions.get(rotateFunction) as DurableLambdaHandler
  aws.durableFunctions.set(rotateFunction, recorded(handler, executions))
  await stage.secrets(new Map(secrets.map((name) => [name, asked.rotationMs])))
  aws.calls.length = 0

  const before = heap()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const scheduledAt = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
  const lambda = new LambdaClient({ maxAttempts: 1 })
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: rotateAlias,
      Payload: JSON.stringify({ schedule: 'nightly', scheduledAt }),
    }),
  )
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString())
  const taken = { peakBytes: peak(), keptBytes: heap() - before }
  await stage.stop()

  const calls: Record<string, number> = {}
  for (const { service, action, caller } of aws.calls) {
    // The one that starts the wave is the Scheduler's.
    if (caller === 'rotation-function' || action === 'Invoke') continue
    calls[`${service} ${action}`] = (calls[`${service} ${action}`] ?? 0) + 1
  }
  return {
    ...asked,
    succeeded: answer.outcomes?.SUCCEEDED ?? 0,
    wallMs,
    cpuMs: (user + system) / 1_000,
    ...taken,
    calls,
    announced: aws.putEvents.length,
    executions: [...executions.values()],
  }
}
