import { type Caller, callerText } from '../../../model/caller.ts'

/** `ana@desk (proved by STS: …)`: who it was by their own word, and by STS's. */
export function whose(by: string, caller: Caller | undefined): string {
  return caller === undefined ? by : `${by} (${callerText(caller)})`
}
