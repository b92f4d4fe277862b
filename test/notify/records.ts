import { topicOf } from '../../src/aws/sns-channel.ts'
import type { Config, NotifyRule } from '../../src/config/config.ts'
import type { Approval } from '../../src/ledger/approvals.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import type { Channel } from '../../src/notify/recipients.ts'
import type { WaveSummary } from '../../src/rotation/notification.ts'
import { entry } from '../schedules/entry.ts'

export const ALERTS = 'arn:aws:sns:eu-west-1:111122223333:tourbillon-prod-alerts'

/** Amazon SNS, but for the sending. */
export function snsChannel(
  send: Channel['send'] = async () => {},
  alertTopic: string | undefined = ALERTS,
): Channel {
  return { addressOf: (rule) => topicOf(rule, alertTopic), send }
}

/** 02:30 in London, and in UTC, on the last day of November. */
export const AT = '2026-11-30T02:30:00.000Z'

export const ORIGIN = { stage: 'prod', configVersion: '1a2b3c4d5e6f', region: 'eu-west-1' }

export function rotation(parts: Partial<Rotation> = {}): Rotation {
  return {
    rotationId: '28e2bcee-b53c-5469-acce-b9ca7dd84e52',
    schedule: 'month-end',
    secret: 'prod/orders/db',
    secretName: 'prod/orders/db',
    scheduledAt: AT,
    trigger: 'SCHEDULE',
    status: 'SUCCEEDED',
    claimedAt: AT,
    executionArn:
      'arn:aws:lambda:eu-west-1:111122223333:function:tourbillon-prod-rotate:1/durable-execution/x/y',
    configVersion: '1a2b3c4d5e6f',
    events: [{ at: AT, status: 'CLAIMED' }],
    ...parts,
  }
}

export function failed(secretName: string, parts: Partial<Rotation> = {}): Rotation {
  return rotation({
    secretName,
    status: 'FAILED',
    reason: 'SECRET_NOT_FOUND',
    message: "Secrets Manager can't find the specified secret.",
    ...parts,
  })
}

export function waveOf(notable: Rotation[], parts: Partial<WaveSummary> = {}): WaveSummary {
  const outcomes: WaveSummary['outcomes'] = {}
  for (const { status } of notable) outcomes[status] = (outcomes[status] ?? 0) + 1
  return {
    waveId: `month-end#${AT}`,
    schedule: 'month-end',
    scheduledAt: AT,
    trigger: 'SCHEDULE',
    secrets: notable.length,
    outcomes,
    notable,
    ...parts,
  }
}

export function approval(parts: Partial<Approval> = {}): Approval {
  return {
    approvalId: 'k7q-m2f-9x1',
    schedule: 'month-end',
    scheduledAt: AT,
    secrets: 40,
    executionArn: 'execution',
    requestedAt: '2026-11-29T02:30:00.000Z',
    expiresAt: '2026-11-30T04:30:00.000Z',
    status: 'PENDING',
    events: [{ at: '2026-11-29T02:30:00.000Z', status: 'PENDING' }],
    ...parts,
  }
}

export function configWith(notify?: NotifyRule): Config {
  const schedule = { ...entry(), name: 'month-end', timezone: 'Asia/Tokyo', ...(notify && { notify }) }
  return { stage: 'prod', version: '1a2b3c4d5e6f', freezes: [], schedules: [schedule] }
}
