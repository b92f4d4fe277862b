import { beforeAll, describe, expect, it } from 'vitest'
import type { Rotation } from '../../src/model/rotation.ts'
import { memoryExceptions, memoryHolds } from '../../src/rehearse/world/deeds.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryWaves } from '../../src/rehearse/world/stores.ts'
import { policiesOf } from '../../src/report/due.ts'
import { evidenceLines, firstKnownIn, type Line } from '../../src/report/evidence.ts'
import { toHtml } from '../../src/report/html.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { reportOf } from '../../src/report/report.ts'
import { rulesOf } from '../../src/report/rules.ts'
import { createSummary, type ReportInput } from '../../src/report/summary.ts'
import { aClaim } from '../ledger/table.ts'
import { configOf, FROM, fill, NOW, YAML } from './quarter.ts'

const DAY = 86_400_000
const SECRETS = new Map([
  ['prod/billing/db', ['billing-db-weekly']],
  ['prod/billing/reader', ['billing-db-weekly']],
  ['prod/orders/db', ['orders-db-nightly']],
  ['prod/partner/api-key', ['partner-api-key']],
])
const ledger = memoryLedger()
beforeAll(() => fill(ledger, memoryHolds(), configOf('prod')))

async function linesOf({ yaml = YAML, from = FROM, to = NOW, now = NOW } = {}): Promise<Line[]> {
  const config = configOf('prod', yaml)
  const policies = policiesOf(config)
  const firstKnown = await firstKnownIn(ledger, policies)
  const lines: Line[] = []
  const known = { ledger, waves: memoryWaves(), exceptions: memoryExceptions() }
  const source = { ...known, policies, configVersion: config.version, firstKnown, now }
  for await (const line of evidenceLines({ from, to }, source)) lines.push(line)
  return lines
}

const unrecorded = (lines: Line[]) =>
  lines.flatMap((it) =>
    'unrecorded' in it
      ? [`${it.unrecorded.secretName} ${new Date(it.unrecorded.at).toISOString().slice(0, 16)}`]
      : [],
  )

async function made(parts: Partial<ReportInput> = {}): Promise<ReportInput> {
  const config = configOf('prod')
  const period = { from: FROM, to: NOW }
  const summary = createSummary(SECRETS)
  for (const line of await linesOf()) summary.add(line)
  const firstKnown = await firstKnownIn(ledger, policiesOf(config))
  return {
    ...{
      config,
      period,
      generatedAt: NOW,
      generatedBy: 'mei@ops1',
      holds: [],
      exceptions: [],
      firstKnown,
      unread: [],
    },
    clock: { aheadMs: -12, uncertainMs: 480, seenAt: '2026-11-20T10:00:00.000Z' },
    summary: summary.close(period, new Map()),
    ...parts,
  }
}

describe('the calendar against the ledger', () => {
  it('finds the one occurrence that has no record', async () => {
    expect(unrecorded(await linesOf())).toEqual(['prod/orders/db 2026-11-05T18:00'])
  })

  it('asks for a record only once the window is over', async () => {
    const at = Date.parse('2026-11-05T18:00:00Z')
    const window = 30 * 60_000
    expect(unrecorded(await linesOf({ now: at + window + 60_000 }))).toEqual([])
    expect(unrecorded(await linesOf({ now: at + window + 60_001 }))).toHaveLength(1)
  })

  it('expects nothing of a schedule that is disabled, or that the ledger has never seen', async () => {
    const disabled = YAML.replace('precision: second', 'enabled: false')
    expect(unrecorded(await linesOf({ yaml: disabled }))).toEqual([])
    const unseen = YAML.replace('orders-db-nightly', 'orders-db-daily')
    expect(unrecorded(await linesOf({ yaml: unseen }))).toEqual([])
  })

  it('says so where a secret may have been added since: the occurrence ran under another config', async () => {
    const yaml = YAML.replace('[prod/orders/db]', '[prod/orders/db, prod/new/db]')
    const lines = await linesOf({ yaml, to: FROM + 2 * DAY })
    expect(lines.filter((it) => 'unrecorded' in it)).toMatchObject([
      { unrecorded: { secretName: 'prod/new/db', otherVersion: 'aaaabbbbcccc' } },
      { unrecorded: { secretName: 'prod/new/db', otherVersion: 'aaaabbbbcccc' } },
    ])
  })

  it('is content with any record where a selector chooses', async () => {
    const yaml = YAML.replace('[prod/orders/db]', '{ prefix: prod/orders/ }')
    expect(unrecorded(await linesOf({ yaml }))).toEqual(['undefined 2026-11-05T18:00'])
  })
})

describe('the summary', () => {
  it('adds up: what was due was kept, left out, not kept, or is open', async () => {
    const { summary } = await made()
    expect(
      summary.secrets.map(({ secretName, due, kept, leftOut, open }) => [
        secretName,
        due,
        kept,
        leftOut,
        open,
      ]),
    ).toEqual([
      ['prod/billing/db', 6, 4, 0, 0],
      ['prod/billing/reader', 6, 6, 0, 0],
      ['prod/orders/db', 36, 32, 3, 0],
      ['prod/partner/api-key', 72, 71, 0, 0],
    ])
    expect([summary.notKept.count, summary.leftOut.count, summary.onDemand.count, summary.overrides]).toEqual(
      [4, 3, 2, 1],
    )
  })

  it('knows how old each became, by what changed it, on demand or not', async () => {
    const { summary } = await made()
    const ages = summary.secrets.map(({ age, lastChange }) => [
      Math.round((age?.ms ?? 0) / 3_600_000),
      new Date(lastChange ?? 0).toISOString().slice(0, 13),
    ])
    expect(ages).toEqual([
      [197, '2026-11-18T10'],
      // A week in London, and the hour that its clocks go back.
      [169, '2026-11-24T04'],
      [72, '2026-11-24T18'],
      [22, '2026-11-24T00'],
    ])
  })

  it('does not count a late success as kept', async () => {
    const [line] = await linesOf()
    if (!line || !('rotation' in line)) throw new Error('no rotation')
    const summary = createSummary(SECRETS)
    summary.add({ rotation: { ...line.rotation, late: true } })
    const { secrets, notKept } = summary.close({ from: FROM, to: NOW }, new Map())
    expect([secrets.find(({ due }) => due > 0)?.kept, notKept.count]).toEqual([0, 1])
  })

  it('lists a thousand of what went wrong, and counts them all', async () => {
    const summary = createSummary(SECRETS)
    for (let at = 0; at < 1_500; at++) summary.add({ unrecorded: { schedule: 's', secretName: 'x', at } })
    const { notKept } = summary.close({ from: FROM, to: NOW }, new Map())
    expect([notKept.items.length, notKept.count]).toEqual([1_000, 1_500])
  })
})

describe('what was kept by a retry', () => {
  const settled = (minute: number, attempts?: Rotation['attempts']): Line => {
    const at = new Date(FROM + minute * 60_000).toISOString()
    const claim = aClaim({ secret: 'prod/orders/db', scheduledAt: at, claimedAt: at })
    const message = 'kept by attempt 2; 1: no'
    return {
      rotation: {
        ...{ ...claim, status: 'SUCCEEDED', rotatedAt: at, events: [] },
        ...(attempts && { attempts }),
        ...(attempts && attempts.length > 1 && { message }),
      },
    }
  }
  const reportWith = async (lines: Line[]) => {
    const summary = createSummary(new Map([['prod/orders/db', ['orders-db-nightly']]]))
    for (const line of lines) summary.add(line)
    return toMarkdown(reportOf(await made({ summary: summary.close({ from: FROM, to: NOW }, new Map()) })))
  }

  it('is told from what was kept at the first attempt', async () => {
    const text = await reportWith([settled(1), settled(2, [{}]), settled(3, [{ reason: 'X' }, {}])])
    expect(text).toMatch(/– kept: [^|]+\| +3 \|/)
    expect(text).toMatch(/– of these at the first attempt +\| +2 \|/)
    expect(text).toMatch(/– of these by a retry +\| +1 \|/)
    expect(text).toMatch(/## Kept by a retry\n[^#]*kept by attempt 2; 1: no/)
  })

  it('is not spoken of where no schedule has retries', async () => {
    expect(await reportWith([settled(1)])).not.toMatch(/retry|first attempt/)
  })
})

describe('the report', () => {
  it('is the same for the same evidence, whatever the machine’s zone', async () => {
    const document = reportOf(await made())
    expect(toHtml(reportOf(await made()))).toBe(toHtml(document))
    expect(toMarkdown(document)).toContain('| Made | 2026-11-24 22:00 UTC by mei@ops1 |')
  })

  it('says what it does not know, as it applies', async () => {
    const limits = async (parts: Partial<ReportInput>) =>
      reportOf(await made(parts))
        .sections.at(-1)
        ?.bullets?.join('\n')
    expect(await limits({})).toMatch(/1 other config version too/)
    expect(await limits({ firstKnown: new Map() })).toMatch(/no record of orders-db-nightly.*is it deployed/)
    expect(await limits({ period: { from: FROM - 9 * DAY, to: NOW } })).toMatch(
      /first record of orders-db-nightly is of 2026-10-20/,
    )
    expect(await limits({ period: { from: FROM, to: NOW + DAY } })).toMatch(/period was not over/)
    expect(await limits({ period: { from: FROM - 400 * DAY, to: NOW } })).toMatch(/expire after 400 days/)
    expect(await limits({ unread: ['could not list'] })).toMatch(/^could not list/)
  })

  it('shows what people wrote, and never runs it', async () => {
    const document = reportOf(await made())
    const html = toHtml(document)
    expect(html).toContain('=leaked | in a &quot;ticket&quot;, &lt;b&gt;4711&lt;/b&gt;')
    expect(toMarkdown(document)).toContain('=leaked \\| in a "ticket", &lt;b&gt;4711&lt;/b&gt;')
  })

  it('a backslash stands only where Markdown takes it away: a figure begins no list', () => {
    const sections = ['1. one', '97.5 %', '3.4 s', '12) two', '- three', '7.'].map((title) => ({ title }))
    const lines = toMarkdown({ title: 't', facts: [], sections }).split('\n')
    expect(lines.filter((it) => it.startsWith('## '))).toEqual([
      ...['## 1\\. one', '## 97.5 %', '## 3.4 s', '## 12\\) two', '## \\- three', '## 7\\.'],
    ])
  })

  it('as HTML is one file: no script, nothing from elsewhere, every cell in its row', async () => {
    const html = toHtml(reportOf(await made()))
    expect(html).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import|javascript:/i)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    for (const table of html.match(/<table[\s\S]*?<\/table>/g) ?? []) {
      const widths = new Set((table.match(/<tr>.*<\/tr>/g) ?? []).map((row) => row.match(/<t[dh]/g)?.length))
      expect(widths.size).toBe(1)
    }
  })

  it('as Markdown has tables whose rows are as wide as their heads', async () => {
    const cells = (row: string) => row.split(/(?<!\\)\|/).length
    for (const table of toMarkdown(reportOf(await made()))
      .split('\n\n')
      .filter((it) => it.startsWith('|'))) {
      expect(new Set(table.trimEnd().split('\n').map(cells)).size).toBe(1)
    }
  })
})

describe('rules and owners in a report', () => {
  const yaml = YAML.replace(
    'schedules:',
    `rules:
  - { name: two-days, secrets: [prod/], maxAge: 2d }
  - { name: owned, schedules: [orders-*], owner: true }
schedules:`,
  )
    .replace(
      'maxAge: 2d\n',
      'maxAge: 2d\n    owner: orders team\n    runbook: https://wiki.example.com/orders\n',
    )
    .replace(
      'secrets: [prod/billing',
      "waive: [{ rule: two-days, reason: 'weekly, RISK-31' }]\n    secrets: [prod/billing",
    )
    .replace(
      'ignoreFreezes: [{ name: fiscal-close',
      'description: keys of the partner\n    ignoreFreezes: [{ name: fiscal-close',
    )
  const config = configOf('prod', yaml)

  it('are there: what is asked, who is bound, who is let off and why, who does not keep it', async () => {
    const { sections } = reportOf(await made({ config }))
    const rules = sections.find(({ title }) => title === 'Rules')
    expect(rules?.table?.rows).toEqual([
      [
        ...['two-days', 'a rotation every 2d at least', 'secrets prod/…', 'all 3'],
        'billing-db-weekly: weekly, RISK-31',
        {
          text: expect.stringMatching(
            /^orders-db-nightly: rule "two-days": .* 8 d, .*; partner-api-key: .*$/,
          ),
          tone: 'bad',
        },
      ],
      ['owned', 'an owner', 'schedule orders-*', 'orders-db-nightly', '–', 'none'],
    ])
    const policy = sections.find(({ title }) => title === 'The policy')?.table
    expect(policy?.header.slice(-3)).toEqual(['Owner', 'What for', 'Runbook'])
    expect(policy?.rows.map((row) => row.slice(-3))).toEqual([
      ['orders team', '–', 'https://wiki.example.com/orders'],
      ['–', '–', '–'],
      ['–', 'keys of the partner', '–'],
    ])
  })

  it('are no columns, and no table, where the config has none', async () => {
    const { sections } = reportOf(await made())
    expect(sections.find(({ title }) => title === 'Rules')).toMatchObject({
      paragraphs: ['The config has no rules.'],
    })
    expect(sections.find(({ title }) => title === 'The policy')?.table?.header).toHaveLength(7)
  })

  it('are data for programs, too', () => {
    expect(rulesOf(config, NOW)[0]).toMatchObject({
      name: 'two-days',
      schedules: ['orders-db-nightly', 'billing-db-weekly', 'partner-api-key'],
      waived: [{ schedule: 'billing-db-weekly', reason: 'weekly, RISK-31' }],
      broken: [{ schedule: 'orders-db-nightly' }, { schedule: 'partner-api-key' }],
    })
  })
})

describe('an occurrence that earlier zone data put at another instant', () => {
  const yaml = YAML.replace('timezone: Asia/Tokyo, window', 'timezone: America/Winnipeg, window')
  const due = Date.parse('2026-11-20T09:00:00Z')
  it.each([
    ['has its record there', '2026c', []],
    ['but not where our own data made that record', '2026f', ['prod/orders/db 2026-11-20T08:00']],
  ])('%s', async (_, zoneData, expected) => {
    const ledger = memoryLedger()
    for (const [id, at] of [
      ['a', due - 86_400_000],
      ['b', due],
    ] as const) {
      const scheduledAt = new Date(at).toISOString()
      const claim = aClaim({
        rotationId: id,
        secret: 'prod/orders/db',
        schedule: 'orders-db-nightly',
        scheduledAt,
      })
      await ledger.record(
        { ...claim, zoneData },
        { status: 'SUCCEEDED', at: scheduledAt, settledAt: scheduledAt },
      )
    }
    const config = configOf('prod', yaml)
    const policies = policiesOf(config)
    const firstKnown = await firstKnownIn(ledger, policies)
    const source = {
      ledger,
      waves: memoryWaves(),
      exceptions: memoryExceptions(),
      policies,
      configVersion: config.version,
      firstKnown,
      now: NOW,
    }
    const lines: Line[] = []
    const period = { from: due - 7_200_000, to: due + 7_200_000 }
    for await (const line of evidenceLines(period, source)) lines.push(line)
    expect(unrecorded(lines)).toEqual(expected)
  })
})
