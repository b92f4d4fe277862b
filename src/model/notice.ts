import type { Behind } from './behind.ts'
import type { Selector } from './selector.ts'

/** What people are told ahead of an occurrence. Times are ISO instants in UTC. */
export type Notice = {
  /** The occurrence's: see `waveIdOf`. */
  waveId: string
  schedule: string
  scheduledAt: string
  /** Where a person has moved it here: from which instant (ISO), by which exception, who and why. */
  moved?: { from: string; id: string; by: string; reason: string }
  /** Of the lead times that the schedule asks for, the one that has come. */
  leadSeconds: number
  /** Ms from now to the instant. */
  leftMs: number
  /** Whether this comes later than it should have. */
  late: boolean
  /** As the ledger names them; of a selector those that it chooses now. */
  secrets: string[]
  select?: Selector | undefined
  /** How many more stand still under a hold of their own. */
  held: number
  /** Who may still have the value of before. */
  behind?: Behind[]
  /** Of a schedule that wants a person's go-ahead, where it has been asked for. */
  approval?: { approvalId: string; status: 'PENDING' | 'APPROVED'; by?: string | undefined } | undefined
}

/** Whether all who are to be told could be. Never rejects. */
export type SendNotice = (notice: Notice) => Promise<boolean>
