import { describe, expect, it } from 'vitest'
import { canaryIn } from '../../src/config/canary.ts'
import { toTell } from '../../src/model/behind.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Notice } from '../../src/model/notice.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { approvalText } from '../../src/notify/approval-text.ts'
import { findingsText } from '../../src/notify/findings-text.ts'
import { formatInstant } from '../../src/notify/format-instant.ts'
import { logLink, type Message } from '../../src/notify/message.ts'
import { noticeText } from '../../src/notify/notice-text.ts'
import { waveText } from '../../src/notify/wave-text.ts'
import { AT, approval, failed, ORIGIN, rotation, waveOf } from './records.ts'

const ID = '28e2bcee-b53c-5469-acce-b9ca7dd84e52'
const LOG = (name: string, text: string) =>
  `Log: https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Ftourbillon-prod-${name}/log-events$3FfilterPattern$3D$2522${text}$2522`

const stuck = (secretName: string): Rotation =>
  rotation({
    secretName,
    status: 'TIMED_OUT',
    reason: 'PENDING_VERSION_STUCK',
    versionId: ID,
    startedAt: '2026-11-30T02:30:00.412Z',
    message: `after 900 s version ${ID} was still AWSPENDING`,
  })
const notice = (parts: Partial<Notice> = {}): Notice => ({
  ...{ waveId: `month-end#${AT}`, schedule: 'month-end', scheduledAt: AT, windowSeconds: 1_800 },
  ...{ leadSeconds: 172_800, leftMs: 172_700_000, late: false, held: 0 },
  secrets: ['prod/orders/db', 'prod/pay/db'],
  ...parts,
})
const finding = (kind: Finding['kind'], parts: Partial<Finding> = {}): Finding => ({
  kind,
  key: 'k',
  message: 'as the audit saw it',
  ...parts,
})

/** Read each as somebody whom it has just woken. */
const TEXTS: [string, Message, { subject: string; text: string }][] = [
  [
    'a rotation that got stuck',
    waveText(waveOf([stuck('prod/orders/db')]), 'Asia/Tokyo', ORIGIN),
    {
      subject: '[prod] TIMED_OUT: prod/orders/db (month-end)',
      text: `TIMED_OUT: prod/orders/db (month-end)

When: Monday 30 November 2026, 11:30 Asia/Tokyo (2026-11-30 02:30 UTC)
Started by: its schedule
Stage prod, config version 1a2b3c4d5e6f

TIMED_OUT PENDING_VERSION_STUCK
Why: The rotation started, but its version was still AWSPENDING when the timeout ended.
What to do: Read the rotation function’s log. The next rotation attempts this version again. It may hold the only copy of the live password: see \`npx aws-tourbillon unstick --help\` before you remove its label.

  prod/orders/db
  Seen: after 900 s version ${ID} was still AWSPENDING
  The secret: no change was seen, but its rotation had started: the old value may no longer work
  More: npx aws-tourbillon show --stage prod ${ID}

${LOG('rotate', ID)}`,
    },
  ],
  [
    'a success that is not all well, of a wave',
    waveText(
      waveOf(
        [rotation({ concerns: ['STARTED_LATE'], message: 'started 40.0 s after its instant' }), rotation()],
        {
          secrets: 30,
          outcomes: { SUCCEEDED: 30 },
        },
      ),
      'UTC',
      ORIGIN,
    ),
    {
      subject: '[prod] SUCCEEDED: month-end, 30 succeeded of 30',
      text: `SUCCEEDED: month-end, 30 succeeded of 30

When: Monday 30 November 2026, 02:30 UTC
Started by: its schedule
Stage prod, config version 1a2b3c4d5e6f

SUCCEEDED STARTED_LATE
Why: It has \`precision: second\`, and started more than a second after its instant.
What to do: See what came late: the delivery, AWS’s answers, or this stage’s concurrency of Lambda. The message has the time.

  prod/orders/db
  Seen: started 40.0 s after its instant
  The secret: no change was seen
  More: npx aws-tourbillon show --stage prod ${ID}

${LOG('rotate', 'month-end')}`,
    },
  ],
  [
    'a wave of forty, three of them bad: one reason is explained once',
    waveText(
      waveOf([failed('prod/a/db'), failed('prod/b/db'), stuck('prod/c/db')], {
        secrets: 40,
        outcomes: { SUCCEEDED: 37, FAILED: 2, TIMED_OUT: 1 },
      }),
      'Europe/London',
      ORIGIN,
    ),
    {
      subject: '[prod] FAILED: month-end, 2 failed, 1 timed out, 37 succeeded of 40',
      text: `FAILED: month-end, 2 failed, 1 timed out, 37 succeeded of 40

When: Monday 30 November 2026, 02:30 Europe/London (2026-11-30 02:30 UTC)
Started by: its schedule
Stage prod, config version 1a2b3c4d5e6f

FAILED SECRET_NOT_FOUND
Why: No secret of that name or ARN in this account and region.
What to do: Correct the name in the config, or create the secret.

  prod/a/db
  Seen: Secrets Manager can't find the specified secret.
  The secret: no change was seen
  More: npx aws-tourbillon show --stage prod ${ID}

  prod/b/db
  Seen: Secrets Manager can't find the specified secret.
  The secret: no change was seen
  More: npx aws-tourbillon show --stage prod ${ID}

TIMED_OUT PENDING_VERSION_STUCK
Why: The rotation started, but its version was still AWSPENDING when the timeout ended.
What to do: Read the rotation function’s log. The next rotation attempts this version again. It may hold the only copy of the live password: see \`npx aws-tourbillon unstick --help\` before you remove its label.

  prod/c/db
  Seen: after 900 s version ${ID} was still AWSPENDING
  The secret: no change was seen, but its rotation had started: the old value may no longer work
  More: npx aws-tourbillon show --stage prod ${ID}

${LOG('rotate', 'month-end')}`,
    },
  ],
  [
    'a success on demand',
    waveText(
      waveOf(
        [
          rotation({
            trigger: 'ON_DEMAND',
            requester: 'ana@desk',
            requestReason: 'CHG-7',
            rotatedAt: '2026-11-30T02:30:04.000Z',
          }),
        ],
        { trigger: 'ON_DEMAND' },
      ),
      'UTC',
      ORIGIN,
    ),
    {
      subject: '[prod] SUCCEEDED: prod/orders/db (month-end)',
      text: `SUCCEEDED: prod/orders/db (month-end)

When: Monday 30 November 2026, 02:30 UTC
Started by: ana@desk, on demand: CHG-7
Stage prod, config version 1a2b3c4d5e6f

SUCCEEDED

  prod/orders/db
  The secret: has changed, at 2026-11-30T02:30:04.000Z
  More: npx aws-tourbillon show --stage prod ${ID}

${LOG('rotate', ID)}`,
    },
  ],
  [
    'a request for approval',
    approvalText(approval(), 'Europe/London', ORIGIN),
    {
      subject: '[prod] Approve? month-end, 40 secrets, 2026-11-30 02:30 UTC',
      text: `month-end waits for your go-ahead to rotate 40 secrets.

When: Monday 30 November 2026, 02:30 Europe/London (2026-11-30 02:30 UTC)
Answer by: Monday 30 November 2026, 04:30 Europe/London (2026-11-30 04:30 UTC)

Approve: npx aws-tourbillon approve --stage prod k7q-m2f-9x1 --reason TEXT
Reject: npx aws-tourbillon reject --stage prod k7q-m2f-9x1 --reason TEXT
Without an answer nothing rotates: each secret is SKIPPED NOT_APPROVED.

Stage prod, config version 1a2b3c4d5e6f`,
    },
  ],
  [
    'a notice',
    noticeText(notice(), 'Asia/Tokyo', {
      ...ORIGIN,
      schedules: [{ name: 'month-end', owner: 'payments', runbook: 'https://wiki.example.com/m' }],
    }),
    {
      subject: '[prod] In 2 d: month-end, 2 secrets, 2026-11-30 02:30 UTC',
      text: `month-end rotates 2 secrets in 2 d.

When: Monday 30 November 2026, 11:30 Asia/Tokyo (2026-11-30 02:30 UTC)

Who is affected: whoever logs in with
  prod/orders/db
  prod/pay/db

Leave it out: npx aws-tourbillon skip --stage prod month-end --at 2026-11-30T02:30:00.000Z --reason TEXT
Every other occurrence stays as it is.

Owner: payments
Runbook: https://wiki.example.com/m

Stage prod, config version 1a2b3c4d5e6f`,
    },
  ],
  [
    'a notice that comes late, of what waits for a go-ahead, many secrets, some held',
    noticeText(
      notice({
        ...{ late: true, leftMs: 100_000_000, held: 2, select: { prefix: 'p/' } },
        secrets: Array.from({ length: 12 }, (_, n) => `p/${n}`),
        approval: { approvalId: 'k7q-m2f-9x1', status: 'PENDING' },
      }),
      'UTC',
      ORIGIN,
    ),
    {
      subject: '[prod] In 1 d 3 h: month-end, 12 secrets, 2026-11-30 02:30 UTC',
      text: `month-end rotates 12 secrets in 1 d 3 h.

When: Monday 30 November 2026, 02:30 UTC
This notice comes late: 2 d before was meant.

Who is affected: whoever logs in with
  p/0
  p/1
  p/2
  p/3
  p/4
  p/5
  p/6
  p/7
  p/8
  p/9
  and 2 more
Chosen as it starts, by the prefix p/; this is as of now.
Not 2 more, which are held.

It waits for a go-ahead; without one nothing rotates.
Approve: npx aws-tourbillon approve --stage prod k7q-m2f-9x1 --reason TEXT
Reject: npx aws-tourbillon reject --stage prod k7q-m2f-9x1 --reason TEXT

Leave it out: npx aws-tourbillon skip --stage prod month-end --at 2026-11-30T02:30:00.000Z --reason TEXT
Every other occurrence stays as it is.

Stage prod, config version 1a2b3c4d5e6f`,
    },
  ],
  [
    'an audit after an absence',
    findingsText(
      [
        finding('MISSED', { schedule: 'month-end', secret: 'prod/orders/db', rotationId: ID }),
        finding('LATE_DELIVERY', { schedule: 'nightly' }),
        finding('OVERDUE', { schedule: 'month-end', secret: 'prod/old/db' }),
        finding('NOT_AUDITED'),
      ],
      new Map([
        [
          ID,
          failed('prod/orders/db', {
            status: 'MISSED',
            reason: 'NOT_DELIVERED',
            message: 'no run had started',
          }),
        ],
      ]),
      () => 'Asia/Tokyo',
      ORIGIN,
    ),
    {
      subject: '[prod] Audit: 1 missed, 1 not started yet, 1 overdue, 1 not audited',
      text: `Audit: 1 missed, 1 not started yet, 1 overdue, 1 not audited

Stage prod, config version 1a2b3c4d5e6f

MISSED NOT_DELIVERED
Why: Its window closed, and no run had ever started for it.
What to do: Read the dead-letter queue, compare the schedules (\`npx aws-tourbillon plan --stage prod\`), then rotate on demand.

  prod/orders/db, month-end of Monday 30 November 2026, 11:30 Asia/Tokyo (2026-11-30 02:30 UTC)
  Seen: no run had started
  The secret: no change was seen
  More: npx aws-tourbillon show --stage prod ${ID}

NOT STARTED YET nightly
Seen: as the audit saw it
What to do: Start it while its window is open: \`npx aws-tourbillon run --stage prod --schedule nightly\`

OVERDUE prod/old/db
Seen: as the audit saw it
What to do: See why it has not rotated (\`npx aws-tourbillon history --stage prod --secret prod/old/db\`), then rotate it: \`npx aws-tourbillon run --stage prod --secret prod/old/db\`

NOT AUDITED
Seen: as the audit saw it
What to do: See why the audit did not run: its log.

${LOG('audit', 'found')}`,
    },
  ],
]

describe('what people read', () => {
  it.each(TEXTS)('%s', (_, { subject, text }, expected) => {
    expect({ subject, text }).toEqual(expected)
  })

  it('describes ten of many, and says where the rest is', () => {
    const all = Array.from({ length: 20 }, (_, n) => failed(`prod/${n}`))
    const { text } = waveText(
      waveOf(all, { secrets: 300, outcomes: { FAILED: 290, SUCCEEDED: 10 } }),
      'UTC',
      ORIGIN,
    )
    expect(text.match(/ {2}Seen: /g)).toHaveLength(10)
    expect(text).toContain(
      'and 280 more: npx aws-tourbillon history --stage prod --schedule month-end --since 2026-11-30',
    )
  })

  it('keeps subjects to what SNS takes', () => {
    const { subject } = waveText(waveOf([failed(`prod/${'ü'.repeat(200)}`)]), 'UTC', ORIGIN)
    expect(subject).toMatch(/^[\x20-\x7e]{100}$/)
  })

  it('cuts AWS’s own words where they have no end', () => {
    const { text } = waveText(waveOf([failed('prod/a', { message: 'x'.repeat(300_000) })]), 'UTC', ORIGIN)
    expect(text.length).toBeLessThan(2_000)
  })
})

it.each([
  [AT, 'America/New_York', 'Sunday 29 November 2026, 21:30 America/New_York (2026-11-30 02:30 UTC)'],
  [AT, 'Asia/Kathmandu', 'Monday 30 November 2026, 08:15 Asia/Kathmandu (2026-11-30 02:30 UTC)'],
  [
    '2026-10-25T00:30:00Z',
    'Europe/London',
    'Sunday 25 October 2026, 01:30 Europe/London (2026-10-25 00:30 UTC)',
  ],
  [
    '2026-10-25T01:30:00Z',
    'Europe/London',
    'Sunday 25 October 2026, 01:30 Europe/London (2026-10-25 01:30 UTC)',
  ],
  ['2026-12-31T15:00:05Z', 'Asia/Tokyo', 'Friday 1 January 2027, 00:00:05 Asia/Tokyo (2026-12-31 15:00 UTC)'],
])('%s in %s is %s', (instant, zone, text) => {
  expect(formatInstant(instant, zone)).toBe(text)
})

it.each([
  ['cn-north-1', 'https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1#'],
  ['us-gov-west-1', 'https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#'],
])('links to the console of %s', (region, begins) => {
  expect(logLink(region, '/aws/lambda/x', 'y').startsWith(begins)).toBe(true)
})

describe('words of others in an e-mail', () => {
  const ACTING = 'it is\n\nSUCCEEDED: all is well\u202e\u001b[2J'

  it('stay in the line that says whose they are', () => {
    const wave = waveOf([
      rotation({
        ...{ status: 'FAILED', reason: 'HOOK_FAILED', message: ACTING },
        ...{ trigger: 'ON_DEMAND', requester: 'ana\nb', requestReason: ACTING },
      }),
    ])
    const { text } = waveText({ ...wave, trigger: 'ON_DEMAND' }, 'UTC', ORIGIN)
    const said = 'it is SUCCEEDED: all is well\\u202e\\u001b[2J'
    expect(text).toContain(`\nStarted by: ana b, on demand: ${said}\n`)
    expect(text).toContain(`\n  Seen: ${said}\n`)
    expect(text).not.toMatch(/^SUCCEEDED/m)
  })

  it('of a finding, too', () => {
    const { text } = findingsText(
      [finding('NOT_AUDITED', { message: ACTING })],
      new Map(),
      () => 'UTC',
      ORIGIN,
    )
    expect(text).not.toMatch(/^SUCCEEDED/m)
  })
})

describe('whom to ask', () => {
  const schedules = [
    {
      name: 'month-end',
      owner: 'payments platform, #pay-oncall',
      description: 'what the ledger is closed with',
      runbook: 'https://wiki.example.com/runbooks/month-end',
    },
    { name: 'orders', owner: 'orders team' },
    { name: 'silent' },
  ]
  const origin = { ...ORIGIN, schedules }
  const lines = `What it is for: what the ledger is closed with
Owner: payments platform, #pay-oncall
Runbook: https://wiki.example.com/runbooks/month-end`

  it('stands in a wave’s text after what to do, and in a request for a go-ahead', () => {
    const { text } = waveText(waveOf([stuck('prod/orders/db')]), 'Asia/Tokyo', origin)
    expect(text).toContain(`show --stage prod ${ID}\n\n${lines}\n\nLog: `)
    expect(approvalText(approval(), 'Europe/London', origin).text).toContain(
      `NOT_APPROVED.\n\n${lines}\n\nStage prod`,
    )
  })

  it('stands in an audit’s text once a schedule, named where they are several', () => {
    const { text } = findingsText(
      [
        finding('MISSED', { schedule: 'month-end' }),
        finding('MISSED', { schedule: 'month-end' }),
        finding('OVERDUE', { schedule: 'orders', secret: 'a' }),
        finding('OVERDUE', { schedule: 'silent', secret: 'b' }),
      ],
      new Map(),
      () => 'UTC',
      origin,
    )
    expect(text).toContain(`\n\nmonth-end\n${lines}\n\norders\nOwner: orders team\n\nLog: `)
  })
})

it('a notice says who approved on one line, whatever they are called', () => {
  const approval = { approvalId: 'a', status: 'APPROVED', by: 'ana\n\nRunbook: evil\u001b[31m' } as const
  const { text } = noticeText(notice({ approval }), 'UTC', ORIGIN)
  expect(text).toContain('\n\nApproved by ana Runbook: evil\\u001b[31m.\n\n')
  expect(text).not.toContain('\u001b')
})

it('who uses the secrets is named to who is asked, and to who is told ahead', () => {
  const consumers = [
    { kind: 'ecs' as const, name: 'shop/orders' },
    { kind: 'observe' as const, name: 'batch', secrets: ['a'] },
  ]
  const schedules = ['month-end', 'nightly'].map((name) => ({ name, consumers }))
  const line = 'Used by: ecs:shop/orders, observe:batch (of a).\n'
  expect(approvalText(approval(), 'UTC', { ...ORIGIN, schedules }).text).toContain(`\n${line}Answer by: `)
  const told = noticeText(notice(), 'UTC', { ...ORIGIN, schedules: [{ name: notice().schedule, consumers }] })
  expect(told.text).toContain(`\n${line}`)
  expect(approvalText(approval(), 'UTC', ORIGIN).text).not.toContain('Used by')
})

it('who may still have the value of before is said to who is asked, and to who is told ahead', () => {
  const behind = [
    { secretName: 'a', behind: ['ecs:shop/orders FAILED'], unknown: ['who has fetched\nsince'] },
    { secretName: 'b', behind: [], unknown: ['invoke:cache UNKNOWN'] },
  ]
  const line =
    'May still have the value of before, which this rotation may end: a: ecs:shop/orders FAILED; not known: who has fetched since. b: not known: invoke:cache UNKNOWN.'
  const asks = approvalText({ ...approval(), behind }, 'UTC', ORIGIN)
  expect(asks.text).toContain(`\n\n${line}\n\nApprove: `)
  expect(asks.chat).toContain('ecs:shop/orders FAILED')
  const ahead = noticeText(notice({ behind }), 'UTC', ORIGIN)
  expect(ahead.text).toContain(`\n\n${line}\n\n`)
  expect(ahead.chat).toContain('ecs:shop/orders FAILED')
  for (const { text } of [approvalText(approval(), 'UTC', ORIGIN), noticeText(notice(), 'UTC', ORIGIN)])
    expect(text).not.toContain('value of before')
})

it('however many are behind, a chat says by when to answer, and a text how many more there are', () => {
  const long = Array.from({ length: 30 }, (_, at) => ({
    secretName: `${'n'.repeat(300)}${at}`,
    behind: Array.from({ length: 5 }, () => 'x'.repeat(200)),
    unknown: at < 15 ? [] : ['who has fetched since'],
  }))
  const asks = approvalText({ ...approval(), behind: toTell(long) }, 'UTC', ORIGIN)
  expect(asks.text).toContain('20 more secrets: somebody, of 20.')
  expect(JSON.parse(String(asks.chat)).content.description).toContain('Without an answer nothing rotates.')
})

describe('a canary', () => {
  const schedules = [
    { name: 'month-end', canary: ['b'], soakSeconds: 600, secrets: ['a', 'b'] },
    { name: 'other', canary: 1, secrets: ['x', 'y'] },
  ]
  it('stands in a request for a go-ahead', () => {
    const { text } = approvalText(approval(), 'Europe/London', { ...ORIGIN, schedules })
    expect(text).toContain('\nCanary: b; the rest 10m after that has succeeded.\nAnswer by: ')
    expect(approvalText(approval(), 'Europe/London', ORIGIN).text).not.toContain('anary')
  })

  it.each([
    [{ canary: 1, secrets: ['x', 'y'] }, 'x; the rest once that has succeeded'],
    [{ canary: 2, secrets: ['x', 'y', 'z'] }, 'x, y; the rest once that has succeeded'],
    [{ canary: 2, secrets: ['x', 'y'] }, undefined],
    [{ secrets: ['x', 'y'] }, undefined],
    [
      { canary: 2, soakSeconds: 60, secrets: [], select: { prefix: 'p/' } },
      'the first 2 by name; the rest 1m after that has succeeded',
    ],
    [{ canary: ['p/a'], secrets: [], select: { prefix: 'p/' } }, 'p/a; the rest once that has succeeded'],
  ])('in words: %j', (schedule, words) => {
    expect(canaryIn(schedule)?.text).toBe(words)
  })
})
