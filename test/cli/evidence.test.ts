import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Screen, Terminal } from '../../src/cli/command.ts'
import { history } from '../../src/cli/history.ts'
import { openProgress } from '../../src/cli/progress.ts'
import { report } from '../../src/cli/report.ts'
import { fitted } from '../../src/cli/screen.ts'
import { show } from '../../src/cli/show.ts'
import { status } from '../../src/cli/status.ts'
import { namesOf } from '../../src/model/resource-names.ts'
import { recordsIn } from '../../src/runtime/records.ts'
import { configOf, fill, NOW, YAML } from '../report/quarter.ts'
import { type Stage, startStage } from './stage.ts'
import { type Ran, runCommand } from './terminal.ts'

const now = new Date(NOW).toISOString()
const OWNED = YAML.replace(
  '  billing-db-weekly:\n',
  `  billing-db-weekly:
    owner: payments platform
    description: what the invoices are made from
    runbook: https://wiki.example.com/runbooks/billing-db
`,
)
let on: Stage
let directory: string

/** A stage with the last two weeks of a past. */
beforeAll(async () => {
  on = await startStage('evidence', OWNED)
  const { ledger, holds, states } = recordsIn(namesOf('evidence').ledgerTable)
  await fill(ledger, holds, configOf('evidence', OWNED), Date.parse('2026-11-10T00:00:00Z'))
  await states.put(
    {
      ranAt: now,
      configVersion: configOf('evidence', OWNED).version,
      marks: {},
      looked: { until: now, found: {} },
    },
    0,
  )
  directory = await mkdtemp(join(tmpdir(), 'evidence-'))
})
afterAll(async () => {
  await on.stop()
  await rm(directory, { recursive: true })
})

const ran = (command: typeof status, args: string[], options: object = {}): Promise<Ran> =>
  runCommand(command, [...args, '--config', on.file], { now, ...options })
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length))

describe('status', () => {
  it('tells the bad news first, on 80 columns, and exits 1', async () => {
    const { code, out, err } = await ran(status, [])
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(
      /^evidence {2}Tue 24 Nov 22:00:12 UTC, config [0-9a-f]{12}, zone data 20\d\d[a-z]\n2 went wrong\n\nWENT WRONG/,
    )
    expect(out).toMatch(
      /TIMED_OUT PENDING_VERSION_STUCK {2}prod\/billing\/db\n {4}billing-db-weekly, due Tue 24 Nov 04:30 Europe\/London/,
    )
    expect(out).toMatch(
      /\n {4}owner payments platform, runbook\s+https:\/\/wiki\.example\.com\/runbooks\/billing-db\n {4}npx aws-tourbillon show/,
    )
    expect(out).toMatch(
      /UNDER WAY\n {2}ROTATING {2}for 11 s {2}prod\/billing\/reader {2}on-demand {2}mei@ops1\n/,
    )
    expect(out).toMatch(
      /NEXT\n {2}in 2 h 14 min {3}Wed 25 Nov 09:15 Asia\/Tokyo {5}partner-api-key {4}held\n/,
    )
    expect(out).toMatch(
      /HOLDS in force\n {2}bbb-bbb-bbb {2}schedule\/partner-api-key {2}until Wed 25 Nov 06:00 UTC\n {4}partner is throttled \(jun@ops2, 2 h ago; a claim, not proved: the audit has\n {4}seen no proof of it\)\n/,
    )
    expect(out).toMatch(
      /FREEZES.*\n {2}in 32 d 16 h {2}year-end {2}until Mon {2}4 Jan 2027 00:00 Asia\/Tokyo/,
    )
    // A command is whole, however wide.
    expect(widest(out.replaceAll(/^ +npx .*$/gm, ''))).toBeLessThanOrEqual(80)
  })

  it('is in order where nobody has to do anything, and exits 0', async () => {
    const { code, out } = await ran(status, ['--count', '1'], { now: '2026-11-16T22:00:00Z' })
    expect(out).toMatch(/\nin order\n\nUNDER WAY/)
    expect(code).toBe(0)
  })

  it('is not in order where nothing watches the stage, and says what to do', async () => {
    const { code, out } = await ran(status, ['--count', '1'], { now: '2026-11-24T22:20:00Z' })
    expect(code).toBe(1)
    expect(out).toMatch(
      /\nnot watched, .*\n\nNOT WATCHED\n {2}The audit ran last 19 min 48 s ago: .*\n {2}.*\n {2}npx aws-tourbillon doctor --config .*evidence\.yml\n/,
    )
  })

  it('colours what is good and bad on a terminal, and nothing else changes', async () => {
    const plain = await ran(status, [])
    const colored = await ran(status, [], { color: true })
    expect(colored.out).toContain('\u001b[31m2 went wrong\u001b[0m')
    expect(colored.out.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(plain.out)
  })

  it('--json has the same, and what the exit status says', async () => {
    const { code, out } = await ran(status, ['--json'])
    const answer = JSON.parse(out)
    expect([code, answer.ok]).toEqual([1, false])
    expect(answer.wrong.map((it: { mended: boolean }) => it.mended)).toEqual([false, false])
    expect(answer.next[0]).toMatchObject({
      schedule: 'partner-api-key',
      held: ['schedule/partner-api-key'],
      frozen: null,
    })
    expect(answer.underWay).toMatchObject([{ late: false, rotation: { requester: 'mei@ops1' } }])
  })

  it('--watch redraws until Ctrl-C, and leaves the last view on the terminal', async () => {
    const interrupt = new AbortController()
    const frames: string[] = []
    let closed = 0
    const screen: Screen = {
      signal: interrupt.signal,
      draw(frame) {
        if (frames.push(frame) === 2) interrupt.abort()
      },
      close: () => void closed++,
    }
    let out = ''
    const terminal = {
      out: (text: string) => (out += text),
      err() {},
      room: async () => {},
      openScreen: async () => screen,
      now: () => NOW,
    }
    const style = { color: false, isTTY: true, errIsTTY: false, columns: 80, env: {} }
    const args = { values: { watch: true, config: on.file }, positionals: [] }
    expect(await status.run(args, { ...terminal, ...style } as Terminal)).toBe(1)
    expect([frames.length, closed]).toEqual([2, 1])
    expect(frames[0]).toMatch(
      /WENT WRONG in the last 24 h\n {2}TIMED_OUT PENDING_VERSION_STUCK {2}prod\/billing\/db {2}/,
    )
    expect(out).toBe((await ran(status, [])).out)
  })

  it.each([
    [['--watch'], /--watch needs a terminal\nleave it out/],
    [['--watch', '--json'], /choose one/],
    [['--count', 'all'], /--count all: a whole number/],
    [['prod'], /did you mean --stage prod\?/],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await ran(status, args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })
})

describe('show', () => {
  it('tells one rotation from claim to outcome, with what to do', async () => {
    const { stdout } = await on.run('history', '--status', 'TIMED_OUT', '--since', '2026-11-20', '--json')
    const [{ rotationId }] = JSON.parse(stdout)
    const { code, out } = await ran(show, [rotationId.toUpperCase()])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^prod\/billing\/db {2}TIMED_OUT PENDING_VERSION_STUCK\n\n2026-11-24 UTC\n04:28:02\.000 {15}CLAIMED/,
    )
    expect(out).toMatch(
      /04:30:00\.000 {2}\+1 min 58 s {2}the scheduled instant\n04:30:00\.\d{3} {2} +\+\d+ ms {2}ROTATING/,
    )
    expect(out).toMatch(/What to do: Read the rotation function’s log\./)
    expect(out).toMatch(/^version {4}the same\n/m)
    expect(out).toMatch(
      /^for {8}what the invoices are made from\nowner {6}payments platform\nrunbook {4}https:\/\/wiki\.example\.com\/runbooks\/billing-db\n/m,
    )
  })

  it('--secret shows the latest; what was asked on demand says by whom and why', async () => {
    const { out } = await ran(show, ['--secret', 'prod/billing/reader'])
    expect(out).toMatch(/22:00:12\.000 {6}\+11\.0 s {2}now: ROTATING still/)
    expect(out).toMatch(/^asked by {3}mei@ops1: =leaked/m)
    expect(out).toMatch(/^override {3}of freezes and holds: the vendor waits/m)
    const { out: json } = await ran(show, ['--secret', 'prod/billing/reader', '--json'])
    expect(JSON.parse(json)).toMatchObject({ status: 'ROTATING', override: 'the vendor waits' })
  })

  it.each([
    [1, ['00000000-0000-5000-8000-000000000000'], /no such rotation in the ledger of evidence/],
    [1, ['--secret', 'nobody'], /no schedule has a secret "nobody"\n {4}hint: there are: prod\/orders\/db, /],
    [1, ['28e2bcee'], /no such rotation.*\n {4}hint: npx aws-tourbillon history --config .* has ids/],
    [2, ['28e'], /no rotation's id\nids are like/],
    [2, [], /which rotation\?/],
    [2, ['a', 'b'], /one rotation at a time/],
  ])('exits %i for %j', async (expected, args, message) => {
    const { code, out, err } = await ran(show, args)
    expect([code, out]).toEqual([expected, ''])
    expect(err).toMatch(message)
  })
})

describe('history --csv', () => {
  it('is every rotation, a line each, and as many as --limit says', async () => {
    const all = await ran(history, ['--csv', '--since', '2026-11-10'])
    expect(all.out.match(/\r\n/g)?.length).toBe(1 + 53)
    const two = await ran(history, ['--csv', '--limit', '2', '--until', '2026-11-20'])
    expect(
      two.out
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.slice(0, 16)),
    ).toEqual(['2026-11-19T18:00', '2026-11-19T12:15'])
    expect((await ran(history, ['--csv', '--json'])).err).toMatch(/choose one/)
  })
})

describe('report', () => {
  const period = ['--from', '2026-11-11', '--to', '2026-11-24']

  it('is Markdown on stdout', async () => {
    const { code, out, err } = await ran(report, period)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/\| Period \| 2026-11-11 00:00 to 2026-11-24 00:00 UTC, end excluded \|/)
    // The change of before the period counts: 10 November 04:30 to 18 November 10:00.
    expect(out).toMatch(
      /\| prod\/billing\/db \| billing-db-weekly \| 1 \| 0 \| 0 \| 1 \| 1 \| – \| 2026-11-18 10:00 \| 8 d 5 h \|/,
    )
    expect(out).toMatch(
      /\| all \| 2026-11-12 16:02 \| 2026-11-12 21:40 \| mei@ops1 \| a claim \| jun@ops2 \| a claim \| incident 4711 \|/,
    )
    expect(out).not.toContain('partner is throttled')
  })

  it('has the promise as figures, and the same in JSON, with the clock that skew is by', async () => {
    const { out } = await ran(report, period)
    expect(out).toMatch(/\| orders-db-nightly \| 13 \| 0 \| 1 \| 0 \| 12 \| 12 \| 100 % \|/)
    expect(out).toMatch(/\n\| The whole stage \| 41 \| 0 \| 1 \| 1 \| 39 \| 39 \| 97\.5 % \|/)
    expect(out).toContain('Its distance from AWS’s: not known (\\`verify\\` has not measured it')
    const before = JSON.parse((await ran(report, [...period, '--json'])).out)
    expect(before.clock).toEqual({ unknown: expect.stringContaining('has not measured it') })
    const { stage, schedules } = before.figures
    expect(stage).toMatchObject({ due: 41, leftOut: 1, kept: 39, notKept: 1, keptRate: 0.975 })
    expect(stage.skew).toMatchObject({ count: 39, unknown: 0, p99Ms: null })
    expect(stage.verdict).toEqual({ count: 39, unknown: 0, p50Ms: 3_400, p99Ms: null, mostMs: 3_400 })
    expect(schedules.map((it: { schedule: string }) => it.schedule)).toEqual([
      ...['billing-db-weekly', 'orders-db-nightly', 'partner-api-key'],
    ])
    const { facts } = recordsIn(namesOf('evidence').ledgerTable)
    const seen = { aheadMs: -12, uncertainMs: 480 }
    const asked = { seenAt: '2026-11-20T10:00:00.000Z', release: '0.0.0', expected: '' }
    await facts.put({ name: 'lambda-clock', ...asked, region: 'eu-central-1', seen, verdict: 'HOLDS' })
    const { clock } = JSON.parse((await ran(report, [...period, '--json'])).out)
    expect(clock).toEqual({ ...seen, seenAt: asked.seenAt })
    expect((await ran(report, period)).out).toContain('12 ms behind, give or take 480 ms')
  })

  it('goes into a file, complete or not at all, in the format that its name says', async () => {
    for (const [file, begins] of [
      ['q.html', '<!doctype html>'],
      ['q.csv', 'scheduled_at,'],
      ['q.json', '{\n  "stage": "evidence"'],
    ]) {
      const { code, out, err } = await ran(report, [...period, '--out', join(directory, file ?? '')])
      expect([code, out]).toEqual([0, ''])
      expect(err).toContain('wrote ')
      expect(await readFile(join(directory, file ?? ''), 'utf8')).toMatch(new RegExp(`^${begins}`))
    }
    // A stage that was never deployed has no ledger.
    const undeployed = join(directory, 'undeployed.yml')
    await writeFile(undeployed, YAML)
    const never = ['--config', undeployed, '--out', join(directory, 'never.md')]
    const failed = await runCommand(report, [...period, ...never], { now })
    expect([failed.code, failed.err]).toEqual([2, expect.stringContaining('is the stage deployed here?')])
    expect((await readdir(directory)).sort()).toEqual(['q.csv', 'q.html', 'q.json', 'undeployed.yml'])
  })

  it('- is stdout, and no file of that name', async () => {
    const { code, out, err } = await ran(report, [...period, '--out', '-'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^# /)
    expect(existsSync('-')).toBe(false)
  })

  it('has every secret under policy in the CSV, rotated or not', async () => {
    const { out } = await ran(report, ['--from', '2026-11-16', '--to', '2026-11-17', '--format', 'csv'])
    const secrets = out
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[2])
    expect(new Set(secrets)).toEqual(
      new Set(['prod/orders/db', 'prod/partner/api-key', 'prod/billing/db', 'prod/billing/reader']),
    )
    expect(out).toMatch(/\r\n,billing-db-weekly,prod\/billing\/reader,,NOTHING_DUE,/)
  })

  it.each([
    [[], /since when\?/],
    [['--from', '2026-11-11', '--to', '2026-11-11'], /--to is not after --from/],
    [['--from', '2020-01-01'], /more than 1100 days/],
    [['--from', '2026-11-11', '--format', 'pdf'], /--format pdf: no such format\nthere are: md, html/],
    [['--from', '2026-11-11', '--out', '/nowhere/at/all.md'], /cannot write \/nowhere\/at\/all\.md/],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await ran(report, args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(message)
  })
})

describe('on a terminal', () => {
  it('a frame is cut to the screen, and says how much more there is', () => {
    expect(fitted('one\ntwo\nthree\nfour\n', { columns: 14, rows: 3 })).toEqual([
      'one',
      'two',
      '… 2 more lines',
    ])
    expect(fitted('one\nthree\n', { columns: 4, rows: 3 })).toEqual(['one', 'thr…'])
    expect(fitted('\u001b[31mred\u001b[0m', { columns: 3, rows: 1 })).toEqual(['\u001b[31mred\u001b[0m'])
  })

  it('progress shows where work is long, and somebody looks', () => {
    let time = 0
    const told: string[] = []
    const terminal = { errIsTTY: true, err: (text: string) => told.push(text), now: () => time }
    const progress = openProgress(terminal)
    progress.show(() => 'too soon')
    time = 1_000
    progress.show(() => '10 records')
    time = 1_100
    progress.show(() => 'too often')
    progress.end()
    expect(told.join('')).toBe('\r\u001b[K10 records\r\u001b[K')
    openProgress({ ...terminal, errIsTTY: false }).show(() => 'to a file')
    expect(told).toHaveLength(2)
  })
})
