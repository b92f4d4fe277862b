import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import { actionOn } from '../rehearse/secrets-manager/input.ts'

/** An Automation document, and how its next executions go. */
export type LocalRunbook = {
  /** Until it ends, ms; default at once. */
  takesMs?: number
  /** Default Success. */
  ends?: string
  /** What a token that was used answers is in no document: the same execution, or an error. Default: the same. */
  usedToken?: 'refused'
  /** Parameters that it does not start without. */
  requires?: string[]
}

export type RunbookExecution = { id: string; document: string; token: string; startedAt: number }

export type Runbooks = {
  runbooks: Map<string, LocalRunbook>
  runbookExecutions: Map<string, RunbookExecution>
  now: () => number
}

/** Source: Systems Manager API reference, StartAutomationExecution. */
export const startAutomationExecution = actionOn<Runbooks>()(
  z.strictObject({
    DocumentName: z.string().min(1),
    ClientToken: z
      .string()
      .regex(/^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/)
      .optional(),
    Parameters: z.record(z.string(), z.array(z.string())).optional(),
  }),
  (
    { runbooks, runbookExecutions, now },
    { DocumentName, ClientToken: token = randomUUID(), Parameters = {} },
  ) => {
    const document = DocumentName.replace(/^arn:.*:document\//, '')
    const runbook = runbooks.get(document)
    if (!runbook)
      throw new AwsError(
        'AutomationDefinitionNotFoundException',
        `Automation document with name ${document} could not be found.`,
      )
    const used = [...runbookExecutions.values()].find((it) => it.token === token)
    if (used && (used.document !== document || runbook.usedToken === 'refused'))
      throw new AwsError('IdempotentParameterMismatch', 'The token was used before.')
    if (used) return { AutomationExecutionId: used.id }
    const missing = runbook.requires?.find((name) => Parameters[name] === undefined)
    if (missing !== undefined)
      throw new AwsError('InvalidAutomationExecutionParametersException', `Missing parameter: ${missing}`)
    const id = randomUUID()
    runbookExecutions.set(id, { id, document, token, startedAt: now() })
    return { AutomationExecutionId: id }
  },
)

/** Source: Systems Manager API reference, GetAutomationExecution. */
export const getAutomationExecution = actionOn<Runbooks>()(
  z.strictObject({ AutomationExecutionId: z.string().length(36) }),
  ({ runbooks, runbookExecutions, now }, { AutomationExecutionId }) => {
    const execution = runbookExecutions.get(AutomationExecutionId)
    if (!execution)
      throw new AwsError(
        'AutomationExecutionNotFoundException',
        `Automation execution ${AutomationExecutionId} does not exist.`,
      )
    const { takesMs = 0, ends = 'Success' } = runbooks.get(execution.document) ?? {}
    const over = now() >= execution.startedAt + takesMs
    return {
      AutomationExecution: {
        AutomationExecutionId,
        DocumentName: execution.document,
        AutomationExecutionStatus: over ? ends : 'InProgress',
        ExecutionStartTime: execution.startedAt / 1_000,
        ...(over && ends !== 'Success' && { FailureMessage: `Step 1 ended ${ends}` }),
      },
    }
  },
)
