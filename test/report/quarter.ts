import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'
import type { Holds } from '../../src/ledger/holds.ts'
import type { Claim, Ledger } from '../../src/ledger/ledger.ts'
import { rotationIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { policiesOf } from '../../src/report/due.ts'

/** A stage with a past: some of everything that can happen to a secret. */
export const YAML = `
defaults: { timezone: Asia/Tokyo, window: 30m, timeout: 15m }
freezes:
  - { name: fiscal-close, from: 2026-11-01, to: 2026-11-03, reason: books are closing }
  - { name: year-end, from: 2026-12-28, to: 2027-01-04, yearly: true, reason: change freeze }
schedules:
  orders-db-nightly:
    when: cron(0 3 * * ? *)
    secrets: [prod/orders/db]
    precision: second
    maxAge: 2d
  billing-db-weekly:
    when: cron(30 4 ? * TUE *)
    timezone: Europe/London
    secrets: [prod/billing/db, prod/billing/reader]
  partner-api-key:
    when: rate(12 hours)
    start: 2026-01-01T00:15:00Z
    secrets: [arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:prod/partner/api-key-a1b2c3]
    ignoreFreezes: [{ name: fiscal-close, reason: 'the contract asks for two a day, CHG-2041' }]
`

export const NOW = Date.parse('2026-11-24T22:00:12Z')
export const FROM = Date.parse('2026-10-20T00:00:00Z')

export function configOf(stage: string, yaml = YAML): Config {
  const loaded = parseConfig(`${stage}.yml`, yaml)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

const STUCK =
  'prod/billing/db is still AWSPENDING 15 min after RotateSecret: the rotation function has not finished'

/** Five weeks of rotations: what went wrong is in the table below, the rest succeeded. */
const ODDITIES: Record<string, 'none' | Partial<Rotation>> = {
  // No record at all: nobody took it up.
  'prod/orders/db 2026-11-05': 'none',
  'prod/orders/db 2026-10-31': {
    status: 'SKIPPED',
    reason: 'FROZEN',
    message: 'fiscal-close until 2026-11-03: books are closing',
  },
  'prod/orders/db 2026-11-01': {
    status: 'SKIPPED',
    reason: 'FROZEN',
    message: 'fiscal-close until 2026-11-03: books are closing',
  },
  'prod/orders/db 2026-11-12': {
    status: 'SKIPPED',
    reason: 'HELD',
    message: 'all held since 2026-11-12T16:02Z by mei@ops1: incident 4711',
  },
  'prod/billing/db 2026-11-17': { status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK', message: STUCK },
  'prod/billing/db 2026-11-24': { status: 'TIMED_OUT', reason: 'PENDING_VERSION_STUCK', message: STUCK },
  'prod/partner/api-key 2026-11-24T12': {
    status: 'FAILED',
    reason: 'THROTTLED',
    message:
      'the last try ended in ThrottlingException: Rate exceeded. Whether a rotation had started could not be seen',
  },
}

export async function fill(
  ledger: Pick<Ledger, 'claim' | 'transition'>,
  holds: Pick<Holds, 'place' | 'release'>,
  config: Config,
  from = FROM,
): Promise<void> {
  const claims = policiesOf(config).flatMap(({ schedule, calendar, secrets }) =>
    [...calendar.between(from, NOW)].flatMap((at) => secrets.map((secret) => ({ schedule, secret, at }))),
  )
  await Promise.all(
    claims.map(async ({ schedule, secret, at }, index) => {
      const iso = new Date(at).toISOString()
      const odd = ODDITIES[`${secret} ${iso.slice(0, 10)}`] ?? ODDITIES[`${secret} ${iso.slice(0, 13)}`]
      if (odd !== 'none')
        await settled(ledger, claimOf(config, schedule, secret, at), odd ?? {}, (index * 37) % 900)
    }),
  )
  const asked = {
    trigger: 'ON_DEMAND',
    requester: 'mei@ops1',
    requestReason: 'CHG-3107, after the stuck one',
  } as const
  await settled(
    ledger,
    { ...claimOf(config, 'on-demand', 'prod/billing/db', Date.parse('2026-11-18T10:00:00Z')), ...asked },
    {},
    40,
  )
  const urgent = { requestReason: '=leaked | in a "ticket", <b>4711</b>', override: 'the vendor waits' }
  const claim = { ...claimOf(config, 'on-demand', 'prod/billing/reader', NOW - 12_000), ...asked, ...urgent }
  await ledger.claim(claim)
  await ledger.transition(claim.rotationId, ['CLAIMED'], {
    status: 'ROTATING',
    at: iso(NOW - 11_000),
    startedAt: iso(NOW - 11_000),
    skewMs: 1_000,
  })
  await holds.place({
    id: 'aaa-aaa-aaa',
    scope: 'all',
    by: 'mei@ops1',
    reason: 'incident 4711',
    placedAt: '2026-11-12T16:02:00.000Z',
  })
  await holds.release('all', 'aaa-aaa-aaa', 'jun@ops2', '2026-11-12T21:40:00.000Z')
  await holds.place({
    id: 'bbb-bbb-bbb',
    scope: 'schedule/partner-api-key',
    by: 'jun@ops2',
    reason: 'partner is throttled',
    placedAt: '2026-11-24T20:00:00.000Z',
    until: '2026-11-25T06:00:00.000Z',
  })
}

function claimOf({ version }: Config, schedule: string, secret: string, at: number): Claim {
  const scheduledAt = iso(at)
  return {
    rotationId: rotationIdOf(schedule, secret, scheduledAt),
    ...{ schedule, secret, secretName: secret, scheduledAt, trigger: 'SCHEDULE' },
    claimedAt: iso(at - 118_000),
    executionArn: `arn:aws:lambda:ap-northeast-1:123456789012:function:tourbillon-prod-rotate:7/durable-execution/${schedule}-${at}`,
    // The first week ran under another config.
    configVersion: at < FROM + 7 * 86_400_000 ? 'aaaabbbbcccc' : version,
  }
}

async function settled(
  ledger: Pick<Ledger, 'claim' | 'transition'>,
  claim: Claim,
  odd: Partial<Rotation>,
  skewMs: number,
): Promise<void> {
  const { rotationId, scheduledAt, secret } = claim
  const at = Date.parse(scheduledAt)
  await ledger.claim(claim)
  if (odd.status === 'SKIPPED' || odd.status === 'FAILED') {
    await ledger.transition(rotationId, ['CLAIMED'], {
      ...odd,
      status: odd.status,
      at: iso(at + 100),
      settledAt: iso(at + 100),
    })
    return
  }
  const secretArn = `arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:${secret}-a1b2c3`
  const ids = {
    secretArn,
    versionId: rotationId,
    previousVersionId: rotationIdOf('before', secret, scheduledAt),
  }
  await ledger.transition(rotationId, ['CLAIMED'], {
    status: 'ROTATING',
    at: iso(at + skewMs),
    startedAt: iso(at + skewMs),
    skewMs,
    ...ids,
  })
  const durationMs = 3_400
  if (odd.status)
    await ledger.transition(rotationId, ['ROTATING'], {
      ...odd,
      status: odd.status,
      at: iso(at + 900_500),
      settledAt: iso(at + 900_500),
    })
  else {
    const rotatedAt = iso(at + skewMs + durationMs)
    await ledger.transition(rotationId, ['ROTATING'], {
      status: 'SUCCEEDED',
      at: iso(at + skewMs + durationMs + 60),
      rotatedAt,
      settledAt: iso(at + skewMs + durationMs + 60),
      durationMs,
    })
  }
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
