import { type ErrorObject, type Operation, OperationStatus } from '@aws/durable-execution-sdk-js'
import type { DurableOperation, LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'

/**
 * Callbacks that durable executions wait for. The runner completes one through its operation, not by the callback's
 * id, and completes it as often as it is asked to; here each id leads to its operation, and ends once, as on AWS.
 */
export type Callbacks = {
  /** Notes the callbacks among operations of an execution, which is over once `ended` says so. */
  note(operations: NotedOperation[], runner: LocalDurableTestRunner, ended: () => boolean): void
  /** @throws AwsError CallbackTimeoutException, InvalidParameterValueException */
  succeed(callbackId: string, result: string): Promise<void>
  /** @throws AwsError CallbackTimeoutException, InvalidParameterValueException */
  fail(callbackId: string, error: ErrorObject): Promise<void>
}

export type NotedOperation = Pick<Operation, 'Id' | 'CallbackDetails'>

export function durableCallbacks(): Callbacks {
  type Known = { operationId: string; runner: LocalDurableTestRunner; ended: () => boolean }
  const known = new Map<string, Known>()
  const answered = new Set<string>()

  async function answer(callbackId: string, send: (operation: DurableOperation) => Promise<unknown>) {
    const callback = known.get(callbackId)
    if (!callback) throw new AwsError('InvalidParameterValueException', 'The callback ID is not valid.')
    const operation = await callback.runner.getOperationById(callback.operationId).waitForData()
    const open = operation.getStatus() === OperationStatus.STARTED && !callback.ended()
    if (!open || answered.has(callbackId)) {
      throw new AwsError('CallbackTimeoutException', 'The callback has expired or is already closed.')
    }
    answered.add(callbackId)
    await send(operation)
  }

  return {
    note(operations, runner, ended) {
      for (const { Id, CallbackDetails } of operations) {
        const callbackId = CallbackDetails?.CallbackId
        if (Id !== undefined && callbackId !== undefined)
          known.set(callbackId, { operationId: Id, runner, ended })
      }
    },
    succeed: (callbackId, result) => answer(callbackId, (operation) => operation.sendCallbackSuccess(result)),
    fail: (callbackId, error) => answer(callbackId, (operation) => operation.sendCallbackFailure(error)),
  }
}
