import type { TokenState, UsedToken } from '../rehearse/secrets-manager/rotation.ts'
import type { BusEvent, Published } from './news.ts'

/** What no document of AWS's says, or what may be otherwise than one says: switches of the local AWS. */
export type Habits = {
  /** What RotateSecret answers to a used token, by how far its rotation is; over `repeatedToken`. */
  usedToken?: (state: TokenState) => UsedToken
  /** Whether a caller of RotateSecret whose role lacks lambda:InvokeFunction is refused. Default: true, as documented. */
  rotateNeedsInvoke?: boolean
  /** How late a durable execution goes on, milliseconds. Default: not. */
  wakeLateMs?: () => number
  /** Where an execution's name has to be unique. Default: in the account and region, the stricter of two readings. */
  executionNames?: 'account' | 'function'
  /** Which version an execution goes on with. Default: the one that it began with. */
  goesOnWith?: 'own' | 'newest'
  /** The zone whose clock the Scheduler goes by where a schedule names this one. */
  zoneOf?: (timezone: string) => string
  /** What stands for `<aws.scheduler.scheduled-time>`. Default: `2022-03-22T18:59:43Z`. */
  scheduledTime?: (at: number) => string
  /** What the bus makes of an event: it may be another, or none. */
  heard?: (event: BusEvent) => BusEvent | undefined
  /** How late CloudTrail's record of a read comes, milliseconds: each time it does, for it may be twice, or never. Default: once, at once. */
  trail?: (event: BusEvent) => number[]
  /** Whether a record of a read tells the secret as its resource, by which CloudTrail's history finds it. Default: not. */
  historyNames?: boolean
  /** Whether a topic hands a message on. */
  handsOn?: (message: Published) => boolean
}
