/** A wave to measure. */
export type Case = {
  world: 'simulated' | 'http'
  secrets: number
  /** How many rotate at once. */
  concurrency: number
  /** What each rotation function takes, ms: of virtual time in simulation. */
  rotationMs: number
  /** Every rotation function fails: each rotation is followed until its timeout. In simulation only. */
  fails?: boolean
  /** Default: 15 minutes. */
  timeoutSeconds?: number
}

/** As long as each other, however many: what a record takes must not depend on that. */
export function secretsOf({ secrets }: Case): string[] {
  return Array.from({ length: secrets }, (_, i) => `prod/service-${String(i).padStart(6, '0')}/database`)
}

/** A durable execution: a wave, or a part of one. */
export type ExecutionFigures = {
  /** As Lambda meters them: one each, and one for each retry or look. A map and its items count as well. */
  operations: number
  /** Payloads that it keeps: results, states of looks, inputs and results of parts. And the largest of them. */
  payloadBytes: number
  largestPayload: number
  /** The checkpoints as they are sent, ids and names included. Not known in simulation, and so are the next two. */
  sentBytes: number
  /** Starts of the function, the first included, and the time it ran, ms. */
  invocations: number
  ranMs: number
}

export type Figures = Case & {
  succeeded: number
  /** From the delivery to the wave's end: real time, and virtual time where there is some. */
  wallMs: number
  virtualMs?: number
  /** Of the wave alone, of its whole process. */
  cpuMs: number
  /**
   * Memory of its process, the local AWS and the ledger in it included: the most it ever had, and by how much the wave
   * has left its heap larger.
   */
  peakBytes: number
  keptBytes: number
  /** Requests by `service Action`, the rotation functions' own left out. */
  calls: Record<string, number>
  /** DynamoDB's request units, indexes included. Not known over HTTP. */
  units?: { write: number; read: number }
  /** Events that EventBridge was given. */
  announced: number
  executions: ExecutionFigures[]
}

/** What is in the heap of this process and still needed: it runs with `--expose-gc`. */
export function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

export function peak(): number {
  return process.resourceUsage().maxRSS * 1_024
}

export function noFigures(): ExecutionFigures {
  return { operations: 0, payloadBytes: 0, largestPayload: 0, sentBytes: 0, invocations: 0, ranMs: 0 }
}

/** Notes a payload, JSON text. */
export function keep(figures: ExecutionFigures, payload: string): void {
  const bytes = Buffer.byteLength(payload)
  figures.payloadBytes += bytes
  figures.largestPayload = Math.max(figures.largestPayload, bytes)
}

export function sumOf(executions: ExecutionFigures[]): ExecutionFigures {
  const sum = noFigures()
  for (const it of executions) {
    sum.operations += it.operations
    sum.payloadBytes += it.payloadBytes
    sum.largestPayload = Math.max(sum.largestPayload, it.largestPayload)
    sum.sentBytes += it.sentBytes
    sum.invocations += it.invocations
    sum.ranMs += it.ranMs
  }
  return sum
}

/** What one rotation asks of AWS, from a simulated wave. */
export function perRotation({ secrets, calls, units, executions, announced }: Figures) {
  const each = (total = 0) => total / secrets
  const { operations, payloadBytes } = sumOf(executions)
  const secretsManager = Object.entries(calls).filter(([action]) => action.startsWith('secretsmanager '))
  return {
    describes: each(calls['secretsmanager DescribeSecret']),
    secretsManager: each(secretsManager.reduce((sum, [, count]) => sum + count, 0)),
    putEvents: each(calls['events PutEvents']),
    events: each(announced),
    operations: each(operations),
    payloadBytes: each(payloadBytes),
    writeUnits: each(units?.write),
    readUnits: each(units?.read),
  }
}
