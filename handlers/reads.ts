import { type BatchAnswer, noteReads, type QueueBatch } from '../src/observe/reads.ts'
import { createLog } from '../src/runtime/logger.ts'
import { recordsIn } from '../src/runtime/records.ts'
import { openRuntime } from '../src/runtime/runtime.ts'

const runtime = openRuntime(process.env)
const { readers } = recordsIn(runtime.ledgerTable)
const log = createLog(runtime.logger())

/** Who fetches the secrets of schedules that ask for it: CloudTrail's records, by EventBridge and a queue, a batch a minute. */
export const handler = (batch: QueueBatch): Promise<BatchAnswer> =>
  noteReads(batch, {
    config: runtime.config,
    readers,
    now: Date.now,
    failed: (error, secret) => log('could not note a read', { secret, error: String(error) }),
  })
