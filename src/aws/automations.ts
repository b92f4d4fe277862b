import type { SSMClient } from '@aws-sdk/client-ssm'
import { answerOrRefused } from './not-now.ts'
import type { Permission } from './permission.ts'

/** A run of a Systems Manager runbook; or why there is none. */
type AutomationSeen = { status: string; message?: string | undefined } | { refused: string }

export type Automations = {
  /** Starts a runbook, without parameters, once for a token (a UUID). Rejects where that may have had an effect. */
  start(document: string, token: string): Promise<{ execution: string } | { refused: string }>
  /** Rejects with what a later look may settle. */
  look(execution: string): Promise<AutomationSeen>
}

type SsmSdk = Pick<
  typeof import('@aws-sdk/client-ssm'),
  'StartAutomationExecutionCommand' | 'GetAutomationExecutionCommand'
>

/**
 * Policies grant starting on the document and on the execution, in older ones as an automation definition.
 * Source: Service Authorization Reference, AWS Systems Manager; Systems Manager User Guide, automation-setup.
 */
export const AUTOMATION_PERMISSIONS = {
  start: [{ action: 'ssm:StartAutomationExecution', on: 'runbook', changes: true }],
  look: [{ action: 'ssm:GetAutomationExecution', on: 'automation execution' }],
} as const satisfies Record<string, Permission[]>

/**
 * Source: Systems Manager API reference, StartAutomationExecution: the token is a UUID and "can't be reused". What a second
 * call of the same answers is in no document, so either the same execution or a refusal is taken.
 */
export function openAutomations({ sdk, client }: { sdk: SsmSdk; client: SSMClient }): Automations {
  return {
    async start(document, token) {
      return answerOrRefused('Systems Manager', async () => {
        const { AutomationExecutionId } = await client.send(
          new sdk.StartAutomationExecutionCommand({ DocumentName: document, ClientToken: token }),
        )
        if (AutomationExecutionId === undefined)
          throw new Error('Systems Manager answered without an execution')
        return { execution: AutomationExecutionId }
      })
    },
    async look(execution) {
      return answerOrRefused('Systems Manager', async () => {
        const command = new sdk.GetAutomationExecutionCommand({ AutomationExecutionId: execution })
        const { AutomationExecution: seen } = await client.send(command)
        return { status: seen?.AutomationExecutionStatus ?? 'UNKNOWN', message: seen?.FailureMessage }
      })
    },
  }
}
