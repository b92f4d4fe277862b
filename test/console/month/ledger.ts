import { calendarOf } from '../../../src/calendar/calendar.ts'
import type { Config } from '../../../src/config/config.ts'
import { AHEAD } from '../../../src/ledger/approvals.ts'
import { approvalIdOf } from '../../../src/model/identity.ts'
import { iso } from '../../../src/model/time.ts'
import type { recordsIn } from '../../../src/runtime/records.ts'
import { heldAll, monthOf } from './month.ts'
import type { Past } from './past.ts'

type Records = Pick<ReturnType<typeof recordsIn>, 'ledger' | 'holds' | 'approvals'>

/** Writes at once: more only wait for one another in the local DynamoDB. */
const AT_ONCE = 16

/** Writes the month into a ledger, by the functions that write it in earnest. */
export async function fillMonth(records: Records, config: Config, now: number): Promise<void> {
  const left = monthOf(config, now)
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let past = left.shift(); past; past = left.shift()) await write(records.ledger, past)
    }),
  )
  await placeHolds(records, now)
  await askForApproval(records, config, now)
}

async function write(ledger: Records['ledger'], { claim, record, takenOver, changes }: Past): Promise<void> {
  const { rotationId } = claim
  if (record) {
    await ledger.record(claim, record)
    return
  }
  await ledger.claim(claim)
  if (takenOver) {
    await ledger.takeOver(rotationId, takenOver.from, takenOver.from.replace(/-first$/, ''), takenOver.at)
  }
  for (const { from, change, failure } of changes) {
    if (failure) await ledger.noteFailure(rotationId, failure)
    await ledger.transition(rotationId, from, change)
  }
}

async function placeHolds({ holds }: Records, now: number): Promise<void> {
  const { from, to } = heldAll(now)
  const reason = 'INC-4655, database failover'
  await holds.place({ id: 'aaa-aaa-aaa', scope: 'all', by: 'mei@ops1', reason, placedAt: iso(from) })
  await holds.release('all', 'aaa-aaa-aaa', 'jun@ops2', iso(to))
  await holds.place({
    id: 'bbb-bbb-bbb',
    scope: 'schedule/partner-api-key',
    by: 'jun@ops2',
    reason: 'the partner throttles us; their support is on it, case 55-1042',
    placedAt: iso(now - 1_800_000),
    until: iso(now + 79_200_000),
  })
  await holds.place({
    id: 'ccc-ccc-ccc',
    scope: 'secret/prod/archive/key',
    by: 'mei@ops1',
    reason: 'until the KMS key policy is mended',
    placedAt: iso(now - 3 * 86_400_000),
  })
}

async function askForApproval({ approvals }: Records, config: Config, now: number): Promise<void> {
  for (const schedule of config.schedules) {
    const { name, approval, secrets, noticeSeconds = [0] } = schedule
    const next = calendarOf(schedule).next(now)
    if (!approval || next === undefined) continue
    await approvals.request({
      approvalId: approvalIdOf({ name, occasion: iso(next) }),
      schedule: name,
      scheduledAt: iso(next),
      requestedAt: iso(Math.min(now - 60_000, next - (noticeSeconds[0] ?? 0) * 1_000)),
      expiresAt: iso(next + approval.timeoutSeconds * 1_000),
      executionArn: AHEAD,
      secrets: secrets.length,
    })
  }
}
