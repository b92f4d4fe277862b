import { type Figures, sumOf } from './fleet-figures.ts'

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
