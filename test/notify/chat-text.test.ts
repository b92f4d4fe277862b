import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import type { Notice } from '../../src/model/notice.ts'
import { REASONS, type Reason } from '../../src/model/reasons.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { MOST_TEXT } from '../../src/model/text.ts'
import { approvalText } from '../../src/notify/approval-text.ts'
import { findingsText } from '../../src/notify/findings-text.ts'
import type { Message } from '../../src/notify/message.ts'
import { noticeText } from '../../src/notify/notice-text.ts'
import { waveText } from '../../src/notify/wave-text.ts'
import { tries } from '../deep.ts'
import { CHAT, MOST_BYTES } from './chat-schema.ts'
import { AT, approval, failed, ORIGIN, rotation, waveOf } from './records.ts'

const chatOf = ({ chat }: Message) => CHAT.parse(JSON.parse(chat))
const SCHEDULES = [
  { name: 'month-end', owner: 'payments, #pay-oncall', runbook: 'https://wiki.example.com/month-end' },
]
const origin = { ...ORIGIN, schedules: SCHEDULES }
const notice = (parts: Partial<Notice> = {}): Notice => ({
  ...{ waveId: `month-end#${AT}`, schedule: 'month-end', scheduledAt: AT },
  ...{ leadSeconds: 3_600, leftMs: 3_600_000, late: false, held: 0, secrets: ['prod/orders/db'] },
  ...parts,
})
const finding = (parts: Partial<Finding>): Finding => ({
  ...{ kind: 'MISSED', key: 'k', schedule: 'month-end', message: 'as the audit saw it' },
  ...parts,
})
const audit = (findings: Finding[], records = new Map<string, Rotation>()) =>
  findingsText(findings, records, () => 'UTC', origin)

describe('the form for chats', () => {
  it('says what, why, what to do, and whom to ask', () => {
    const { content, metadata } = chatOf(waveText(waveOf([failed('prod/orders/db')]), 'UTC', origin))
    expect(content).toEqual({
      textType: 'client-markdown',
      title: '[prod] FAILED: prod/orders/db (month-end)',
      description: [
        'Monday 30 November 2026, 02:30 UTC, started by its schedule',
        "FAILED SECRET_NOT_FOUND prod/orders/db: Secrets Manager can't find the specified secret.",
        'The secret: no change was seen',
      ].join('\n'),
      nextSteps: [
        'Correct the name in the config, or create the secret.',
        '`npx aws-tourbillon show --stage prod 28e2bcee-b53c-5469-acce-b9ca7dd84e52`',
        'Ask payments, #pay-oncall',
        'Runbook: https://wiki.example.com/month-end',
      ],
      keywords: ['prod', 'month-end'],
    })
    expect(metadata).toMatchObject({
      ...{ eventType: 'Wave Ended', relatedResources: ['prod/orders/db'] },
      additionalContext: { kind: 'wave', stage: 'prod', schedule: 'month-end', scheduledAt: AT },
    })
  })

  it('of one occurrence stands in one thread, from its notice to what the audit found; another’s in another', () => {
    const missed = rotation({ status: 'MISSED', reason: 'NOT_DELIVERED' })
    const threads = [
      noticeText(notice(), 'UTC', origin),
      noticeText(notice({ leadSeconds: 60 }), 'UTC', origin),
      approvalText(approval(), 'UTC', origin),
      waveText(waveOf([failed('prod/a')]), 'UTC', origin),
      audit([finding({ rotationId: missed.rotationId })], new Map([[missed.rotationId, missed]])),
    ].map((message) => chatOf(message).metadata.threadId)
    expect(new Set(threads)).toEqual(new Set(['tourbillon-prod-month-end-2026-11-30T02-30-00.000Z']))
    const next = chatOf(noticeText(notice({ waveId: 'month-end#2026-12-31T02:30:00.000Z' }), 'UTC', origin))
    expect(threads).not.toContain(next.metadata.threadId)
    const audits = chatOf(audit([finding({}), finding({ kind: 'OVERDUE' })]))
    expect(audits.metadata.threadId).toBe('tourbillon-prod-audit')
  })

  it('tells a request’s id to buttons that reject, and asks nobody to approve by one', () => {
    const { metadata, content } = chatOf(approvalText(approval(), 'UTC', origin))
    const { approvalId } = approval()
    expect(metadata.additionalContext).toMatchObject({ kind: 'approval', approvalId, schedule: 'month-end' })
    expect(content.nextSteps?.[0]).toMatch(/^`npx aws-tourbillon approve --stage prod .* --reason TEXT`$/)
  })
})

/** Whatever others may write. */
const HOSTILE = '<!channel> @here <https://x.example|click> [a](https://x.example) `code` \n\u202e*b* & ```'
const names = fc.stringMatching(/^[A-Za-z0-9/_+=.@-]{1,512}$/)
const words = fc.oneof(fc.string({ unit: 'grapheme', maxLength: MOST_TEXT }), fc.constant(HOSTILE.repeat(40)))
const reasons = fc.constantFrom(...(Object.keys(REASONS) as Reason[]))

const outcomes = fc
  .array(fc.record({ reason: reasons, message: words, name: names }), {
    ...{ minLength: 1, maxLength: 20 },
  })
  .map((all) =>
    all.map(({ reason, message, name }) =>
      rotation({ reason, status: REASONS[reason].status, message, secretName: name, secret: name }),
    ),
  )

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.tuple(outcomes, words, words).map(([all, requester, requestReason]) => {
    const first = all.map((it, index) => (index > 0 ? it : { ...it, requester, requestReason }))
    return waveText({ ...waveOf(first), trigger: 'ON_DEMAND' }, 'Asia/Tokyo', {
      ...origin,
      schedules: [{ name: 'month-end', owner: requester, description: requestReason }],
    })
  }),
  fc.tuple(fc.array(fc.string({ maxLength: 512 }), { maxLength: 200 }), words).map(([secrets, by]) => {
    const answered = { approvalId: 'k7q-m2f-9x1', status: 'APPROVED' as const, by }
    return noticeText(notice({ secrets, approval: answered }), 'UTC', origin)
  }),
  fc
    .array(fc.tuple(words, names), { minLength: 1, maxLength: 40 })
    .map((all) => audit(all.map(([message, secret]) => finding({ message, secret, kind: 'OVERDUE' })))),
)

describe('whatever others wrote', () => {
  it('it has the documented form, its lengths, no markup of theirs, and fits SNS beside the text', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { content, metadata } = chatOf(message)
        const shown = [content.title, content.description, metadata.summary, ...(content.nextSteps ?? [])]
        for (const text of shown) {
          expect(text).not.toMatch(/[<>]|\u202e/)
          // Outside of code, nobody is called, and no words stand for a link.
          const parts = (text ?? '').split('`')
          expect(parts.length % 2, text).toBe(1)
          const prose = parts.filter((_, index) => index % 2 === 0).join('')
          expect(prose).not.toMatch(/@(?!\u2060|…)|\]\(/)
        }
        const sent = JSON.stringify({ default: message.text, https: message.chat })
        expect(Buffer.byteLength(sent)).toBeLessThan(MOST_BYTES)
      }),
      { numRuns: tries(800) },
    )
  })
})
