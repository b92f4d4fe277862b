import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarOf } from '../../src/calendar/calendar.ts'
import { parseConfig } from '../../src/config/load.ts'
import { warningsOf } from '../../src/config/warnings/warnings.ts'
import { stackProblem } from '../../src/deploy/resources.ts'
import { secretPolicies } from '../../src/deploy/secret-policies.ts'
import type { NewStage } from '../../src/init/config-text.ts'
import { doubtsOf, type Imported, importEstate } from '../../src/init/import.ts'
import { importedConfig } from '../../src/init/imported-text.ts'
import { selects } from '../../src/model/selector.ts'
import { tries } from '../deep.ts'
import { estate, NOW } from './native-estate.ts'

const STAGE = { stage: 'prod', timezone: 'UTC', account: '123456789012', region: 'eu-central-1' }
const DAY = 86_400_000

function textOf({ stages, proposed, apart }: Imported, stage: NewStage = STAGE): string {
  return importedConfig(stage, { schedules: stages.flat(), proposed, apart })
}

function valid(text: string) {
  const parsed = parseConfig('config/prod.yml', text)
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.errors, null, 1)}\n${text}`)
  return parsed.config
}

const live = (entries: SecretListEntry[]) =>
  entries.filter((it) => !it.DeletedDate && (it.PrimaryRegion ?? 'eu-central-1') === 'eu-central-1')

/** The secrets of a schedule, as a run would find them. */
function secretsOf(
  { secrets, select }: ReturnType<typeof valid>['schedules'][number],
  entries: SecretListEntry[],
): string[] {
  return select ? live(entries).flatMap((it) => (selects(select, it) ? [it.Name ?? ''] : [])) : secrets
}

const translatable = (entry: SecretListEntry) =>
  entry.RotationEnabled === true &&
  entry.RotationLambdaARN !== undefined &&
  entry.NextRotationDate !== undefined &&
  !entry.DeletedDate &&
  !entry.PrimaryRegion &&
  /^[\w/+=.@-]+$/.test(entry.Name ?? '')

describe('of any account', () => {
  it('the config is valid and without a warning, in UTC or beside another zone', () => {
    fc.assert(
      fc.property(estate, fc.constantFrom('UTC', 'Asia/Tokyo'), (entries, timezone) => {
        const config = valid(textOf(importEstate(entries, NOW), { ...STAGE, timezone }))
        for (const schedule of config.schedules) expect(schedule.timezone).toBe('UTC')
        const expected = config.schedules.length === 0 ? ['no-schedules'] : []
        expect(warningsOf(config, NOW).map(({ name }) => name)).toEqual(expected)
      }),
      { numRuns: tries(200) },
    )
  })

  it('each secret that rotates by itself is in exactly one schedule, and every other is told once', () => {
    fc.assert(
      fc.property(estate, (entries) => {
        const imported = importEstate(entries, NOW)
        const config = valid(textOf(imported))
        const inSchedules = config.schedules.flatMap((it) => secretsOf(it, entries)).sort()
        const wanted = entries.filter(translatable)
        expect(inSchedules).toEqual(wanted.map(({ Name }) => Name).sort())
        expect(imported.apart).toHaveLength(entries.length - wanted.length)
        for (const { kind, detail } of imported.apart) expect(kind + detail).not.toMatch(/undefined|\n/)
      }),
      { numRuns: tries(200) },
    )
  })

  it('`next` is on the day that NextRotationDate names', () => {
    fc.assert(
      fc.property(estate, (entries) => {
        const config = valid(textOf(importEstate(entries, NOW)))
        for (const schedule of config.schedules) {
          for (const name of secretsOf(schedule, entries)) {
            const named = entries.find(({ Name }) => Name === name)?.NextRotationDate?.getTime() ?? Number.NaN
            const calendar = calendarOf(schedule)
            // A window that is open as this is read has begun: `next` shows the one after it.
            const isOpen = named - (calendar.previous(NOW + 1) ?? 0) < schedule.windowSeconds * 1_000
            const next = (isOpen ? calendar.previous(NOW + 1) : calendar.next(NOW)) ?? Number.NaN
            expect(Math.floor(next / DAY), `${name} ${schedule.when}`).toBe(Math.floor(named / DAY))
            expect(next + schedule.windowSeconds * 1_000).toBe(named + 1_000)
          }
        }
      }),
      { numRuns: tries(200) },
    )
  })

  it('what is proposed as a comment is valid, too, once the # is gone', () => {
    fc.assert(
      fc.property(estate, (entries) => {
        const imported = importEstate(entries, NOW)
        const before = valid(textOf(imported)).schedules.length
        const text = textOf(imported)
        const open = text
          .replace(/^(schedules:) \{\}$/m, text.includes('take the # away. And the {} above.') ? '$1' : '$&')
          .replaceAll(/^ {2}# ( {2}.*|[\w.-]+:)$/gm, '  $1')
        expect(valid(open).schedules).toHaveLength(before + imported.proposed.length)
      }),
      { numRuns: tries(200) },
    )
  })

  it('reads the same twice', () => {
    fc.assert(
      fc.property(estate, (entries) => {
        const shuffled = entries.toReversed()
        expect(textOf(importEstate(shuffled, NOW))).toBe(textOf(importEstate(entries, NOW)))
      }),
      { numRuns: tries(50) },
    )
  })
})

/** A secret that rotates by a function, `next` at the last second of a UTC day. */
function rotating(Name: string, rule: string | number, next: string | undefined, more: SecretListEntry = {}) {
  return {
    ...{ Name, ARN: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${Name}-Ab12Cd` },
    ...{ RotationEnabled: true, RotationLambdaARN: 'arn:aws:lambda:eu-central-1:1:function:f' },
    CreatedDate: new Date('2026-01-01'),
    RotationRules: typeof rule === 'number' ? { AutomaticallyAfterDays: rule } : { ScheduleExpression: rule },
    ...(next !== undefined && { NextRotationDate: new Date(`${next}T23:59:59Z`) }),
    ...more,
  }
}

const tagged = (tags: Record<string, string>) => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
})

const imported = (...entries: SecretListEntry[]) => importEstate(entries, NOW)

describe('tags', () => {
  const nightly = (name: string, tags = { rotation: 'nightly', team: 'a' }) =>
    rotating(name, 'cron(0 2 * * ? *)', '2026-11-29', tagged(tags))
  const three = [nightly('a'), nightly('b'), nightly('c', { rotation: 'nightly', team: 'b' })]
  const tagsOf = (entries: SecretListEntry[]) => imported(...entries).stages[0]?.[0]?.tags

  it('choose where they choose just these, the fewest of them', () => {
    expect(tagsOf(three)).toEqual({ rotation: 'nightly' })
    const text = textOf(imported(...three))
    expect(text).toContain(
      '    # 3 secrets today, and whatever is tagged so later.\n    secrets:\n      tags:\n        rotation: nightly\n',
    )
    expect(valid(text).schedules[0]?.select).toEqual({ tags: { rotation: 'nightly' } })
  })

  it('do not where another secret has them that rotates otherwise, or not at all', () => {
    const other = { Name: 'd', ARN: 'arn:aws:secretsmanager:eu-central-1:1:secret:d-Ab12Cd' }
    expect(tagsOf([...three, { ...other, ...tagged({ rotation: 'nightly' }) }])).toBeUndefined()
    expect(tagsOf([...three, { ...other, ...tagged({ rotation: 'weekly' }) }])).toEqual({
      rotation: 'nightly',
    })
    // Neither of these is found by a selector.
    const gone = { ...other, ...tagged({ rotation: 'nightly' }) }
    expect(tagsOf([...three, { ...gone, DeletedDate: new Date(NOW) }])).toEqual({ rotation: 'nightly' })
    expect(tagsOf([...three, { ...gone, PrimaryRegion: 'us-east-1' }])).toEqual({ rotation: 'nightly' })
  })

  it('choose in pairs where one alone is not enough', () => {
    const pair = ['a', 'b', 'c'].map((name) => nightly(name))
    const halves = [
      nightly('d', { rotation: 'nightly', team: 'z' }),
      nightly('e', { rotation: 'x', team: 'a' }),
    ]
    for (const half of halves) half.RotationRules = { ScheduleExpression: 'cron(0 5 * * ? *)' }
    const found = imported(...pair, ...halves).stages.flat()
    expect(found.map(({ name, tags }) => [name, tags])).toEqual([
      ['daily-0200', { rotation: 'nightly', team: 'a' }],
      ['daily-0500', undefined],
    ])
  })

  it('are nothing to choose two secrets by, nor what CloudFormation wrote, nor what ListSecrets cannot look for', () => {
    expect(tagsOf(three.slice(0, 2))).toBeUndefined()
    for (const tags of [{ 'aws:cloudformation:stack-name': 's' }, { r: 'R&D' }, { '!r': 'x' }])
      expect(
        tagsOf(['a', 'b', 'c'].map((name) => rotating(name, 30, '2026-12-01', tagged(tags)))),
      ).toBeUndefined()
  })
})

describe('schedules', () => {
  it.each([
    ['cron(0 8 * * ? *)', 'cron(0 8 * * ? *)', 'daily-0800', '16h'],
    ['cron(0 0/8 * * ? *)', 'cron(0 0/8 * * ? *)', 'daily-0000-0800-1600', '1h'],
    ['cron(0 1/5 * * ? *)', 'cron(0 1,6,11,16,21 * * ? *)', 'daily-0100-0600-1100-1600-2100', '1h'],
    ['cron(0 8 ? * 2-6 *)', 'cron(0 8 ? * MON-FRI *)', 'mon-to-fri-0800', '16h'],
    ['cron(0 8 ? * 1/2 *)', 'cron(0 8 ? * SUN,TUE,THU,SAT *)', 'weekly-sun-tue-thu-sat-0800', '16h'],
    ['cron(0 8 ? * sun *)', 'cron(0 8 ? * SUN *)', 'weekly-sun-0800', '16h'],
    ['cron(0 8 * * SUN *)', 'cron(0 8 ? * SUN *)', 'weekly-sun-0800', '16h'],
    ['cron(0 8 1 * * *)', 'cron(0 8 1 * ? *)', 'monthly-day-1-0800', '16h'],
    ['cron(0 22 L * ? *)', 'cron(0 22 L * ? *)', 'monthly-last-day-2200', '2h'],
    ['cron(0 8 ? * 3#2 *)', 'cron(0 8 ? * 3#2 *)', 'monthly-tue-2-0800', '16h'],
    ['cron(0 8 ? * 6L *)', 'cron(0 8 ? * 6L *)', 'monthly-last-fri-0800', '16h'],
    ['cron(0 8 1 1/3 ? *)', 'cron(0 8 1 1/3 ? *)', 'jan-apr-jul-oct-day-1-0800', '16h'],
    ['cron(0 8 1/10 * ? *)', 'cron(0 8 1,11,21,31 * ? *)', 'monthly-day-1-11-21-31-0800', '16h'],
  ])('%s is %s', (native, when, name, window) => {
    const text = textOf(imported(rotating('a', native, undefined)))
    expect(text).toContain(
      `  ${name}:\n    # Secrets Manager: ${native}\n    when: ${when}\n    window: ${window}\n`,
    )
    expect(warningsOf(valid(text), NOW)).toEqual([])
  })

  it('of a rate begin on the day that is next, one for each', () => {
    const text = textOf(
      imported(
        rotating('a', 30, '2026-12-05'),
        rotating('b', 'rate(30 days)', '2026-12-05'),
        rotating('c', 30, '2026-12-06', { RotationRules: { AutomaticallyAfterDays: 30, Duration: '3h' } }),
      ),
    )
    expect(text).toContain(`  every-30-days-from-2026-12-05:
    # Secrets Manager: AutomaticallyAfterDays 30; rate(30 days)
    when: rate(30 days)
    start: 2026-12-05T00:00:00Z
    window: 1d
    secrets:
      - a
      - b
`)
    expect(text).toContain('  every-30-days-from-2026-12-06:\n')
  })

  it('hold any number of secrets, and a stage as many as its policies name', () => {
    const many = Array.from({ length: 1_500 }, (_, n) =>
      rotating(`prod/team/app-${n}`, 'cron(0 2 * * ? *)', '2026-11-29'),
    )
    const { stages } = imported(...many, rotating('z', 'cron(0 3 * * ? *)', '2026-11-29'))
    expect(stages.map((it) => it.map(({ name }) => name))).toEqual([
      ['daily-0200-part-1'],
      ['daily-0200-part-2'],
      ['daily-0200-part-3'],
      ['daily-0200-part-4', 'daily-0300'],
    ])
    const names = stages.flat().flatMap(({ secrets }) => secrets.map(({ name }) => name))
    expect([names.length, new Set(names).size]).toEqual([1_501, 1_501])
    for (const schedules of stages) {
      const config = valid(importedConfig(STAGE, { schedules, proposed: [], apart: [] }))
      expect(() => secretPolicies(config.schedules, 'Rotate')).not.toThrow()
    }
  })

  it.each([1, 2, 4])('hold any number of selectors, of %i long tags each', (count) => {
    const many = Array.from({ length: 600 }, (_, n) => {
      const group = Math.floor(n / 3)
      const Tags = Array.from({ length: count }, (_, at) => ({
        Key: `key-${at}`.padEnd(128, 'y'),
        Value: `${(group >> ((8 / count) * at)) & (2 ** (8 / count) - 1)}`.padEnd(256, 'z'),
      }))
      const when = `cron(0 ${group % 24} ${1 + Math.floor(group / 24)} * ? *)`
      return rotating(`s${n}`, when, '2026-12-01', { Tags })
    })
    const { stages } = imported(...many)
    expect(stages.flat().filter(({ tags }) => Object.keys(tags ?? {}).length === count)).toHaveLength(200)
    for (const schedules of stages) {
      const text = importedConfig(STAGE, { schedules, proposed: [], apart: [] })
      const parsed = parseConfig('config/prod.yml', text)
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
      expect(stackProblem(parsed.config, parsed.settings)).toBeUndefined()
    }
  })

  it('of very many days are put together, and say by how much', () => {
    const many = Array.from({ length: 300 }, (_, n) =>
      rotating(`s${n}`, 365, new Date(NOW + (n + 1) * DAY).toISOString().slice(0, 10)),
    )
    const schedules = imported(...many).stages.flat()
    expect(schedules.length).toBeGreaterThan(50)
    expect(schedules.length).toBeLessThanOrEqual(100)
    expect(schedules.flatMap(({ secrets }) => secrets)).toHaveLength(300)
    expect(schedules[1]?.doubts).toEqual([
      'some of its secrets begin up to 3 d sooner than they would by themselves',
    ])
  })

  it('have names of their own', () => {
    const rules = (Duration: string) => ({
      RotationRules: { ScheduleExpression: 'cron(0 2 * * ? *)', Duration },
    })
    const found = imported(rotating('a', 1, undefined, rules('1h')), rotating('b', 1, undefined, rules('2h')))
    expect(found.stages.flat().map(({ name }) => name)).toEqual(['daily-0200', 'daily-0200-2'])
  })
})

describe('doubts', () => {
  it.each<[string, SecretListEntry, string]>([
    [
      'a rotation that is overdue',
      rotating('a', 30, '2026-11-20'),
      'every-30-days-from-2026-12-20: its rotation was due by 2026-11-20T23:59Z: overdue, or Secrets Manager tries in vain',
    ],
    [
      'a rate without a next rotation',
      rotating('a', 30, undefined),
      'every-30-days-from-2026-11-29: Secrets Manager names no next rotation: it begins at the next midnight, UTC',
    ],
    [
      'a date that is not the rule’s',
      rotating('a', 'cron(0 2 ? * SUN *)', '2026-12-08'),
      'weekly-sun-0200: a: Secrets Manager names 2026-12-08 as its next rotation, this schedule 2026-11-29',
    ],
    [
      'a window longer than a day',
      rotating('a', 1, undefined, { RotationRules: { AutomaticallyAfterDays: 30, Duration: '48h' } }),
      'every-30-days-from-2026-11-29: its window of 48 h is cut to 24 h',
    ],
    [
      'a window that reaches into the next',
      rotating('a', 1, undefined, {
        RotationRules: { ScheduleExpression: 'cron(0 0/4 * * ? *)', Duration: '9h' },
      }),
      'daily-0000-0400-0800-1200-1600-2000: its window of 9 h is cut to 4 h',
    ],
    [
      'a rule that is not ours to say',
      rotating('a', 'cron(0 8 ? * MON#1,MON#3 *)', undefined),
      'a: cron(0 8 ? * MON#1,MON#3 *): the day-of-week field cannot combine # with anything else',
    ],
    [
      'a secret that nothing rotates',
      { ...rotating('a', 30, '2026-12-01'), RotationLambdaARN: undefined },
      'a: rotation is on, and nothing here rotates it: a replica of another account?',
    ],
  ])('%s is said, and stands at its place', (_what, entry, doubt) => {
    const found = imported(entry)
    expect(doubtsOf(found)).toContain(doubt)
    const words = doubt.split(': ').slice(1).join(': ').replace(/^a: /, '')
    expect(textOf(found)).toContain(words)
    valid(textOf(found))
  })
})

describe('rotationFunctions', () => {
  const of = (account: string, ...names: string[]) =>
    imported(
      ...names.map((name, index) =>
        rotating(`s${index}`, 30, '2026-12-01', {
          RotationLambdaARN: `arn:aws:lambda:eu-central-1:${account}:function:${name}`,
        }),
      ),
    )
  const settingsOf = (found: Imported) => {
    const { rotationFunctions } = found
    const stage = { ...STAGE, ...(rotationFunctions && { rotationFunctions }) }
    const parsed = parseConfig('config/prod.yml', textOf(found, stage))
    return parsed.ok ? parsed.settings.rotationFunctions : parsed.errors
  }

  it('are what rotates the secrets: names, ARNs of another account', () => {
    expect(settingsOf(of('123456789012', 'SecretsManagerA', 'SecretsManagerB:live'))).toEqual([
      'SecretsManager*',
    ])
    expect(settingsOf(of('123456789012', 'rotate-b', 'rotate-a:7', 'rotate-b'))).toEqual([
      'rotate-a',
      'rotate-b',
    ])
    expect(settingsOf(of('111122223333', 'theirs'))).toEqual([
      'arn:aws:lambda:eu-central-1:111122223333:function:theirs',
    ])
    expect(settingsOf(of('123456789012', 'x'.repeat(64)))).toEqual([`${'x'.repeat(63)}*`])
  })

  it('are texts, whatever YAML would take their names for', () => {
    const names = ['-', '-x', '0x52', '123', '1e5', 'null', 'true']
    expect(settingsOf(of('123456789012', ...names))).toEqual(names)
  })

  it('are beginnings of names where they are very many, and that is said', () => {
    const many = of('123456789012', ...Array.from({ length: 300 }, (_, n) => `team-${n % 7}-rotate-${n}`))
    expect(settingsOf(many)).toEqual(Array.from({ length: 7 }, (_, n) => `team-${n}-rotate-*`))
    expect(doubtsOf(many)[0]).toMatch(/^rotationFunctions: team-0-rotate-\*, .* may be of more functions/)
  })
})

it('tells apart what stands in no schedule, and why', () => {
  const made = { CreatedDate: new Date('2024-03-01') }
  const plain = (Name: string) => ({
    Name,
    ARN: `arn:aws:secretsmanager:eu-central-1:1:secret:${Name}-Ab12Cd`,
    ...made,
  })
  const text = textOf(
    imported(
      plain('old'),
      { ...plain('older'), CreatedDate: new Date('2020-01-01') },
      { ...plain('gone'), DeletedDate: new Date('2026-11-20') },
      { ...plain('copy'), RotationEnabled: true, PrimaryRegion: 'us-east-1' },
      { ...rotating('primary', 30, '2026-12-01'), PrimaryRegion: 'eu-central-1' },
      { ...rotating('off', 30, undefined, made), RotationEnabled: false },
      { ...rotating('asked', 30, undefined, made), RotationRules: undefined },
      {
        ...plain('rds!db-1'),
        OwningService: 'rds',
        RotationEnabled: true,
        RotationRules: { AutomaticallyAfterDays: 7 },
        NextRotationDate: new Date('2026-12-02T23:59:59Z'),
      },
      { ...plain('events!connection/x'), OwningService: 'events' },
      { ...rotating('partner', 30, '2026-12-01'), Type: 'Salesforce' },
    ),
  )
  expect(text).toContain('      - primary\n')
  expect(
    text.slice(text.indexOf('  # These rotate')),
  ).toBe(`  # These rotate by the service or partner that owns them. To rotate them from here, take the # away.

  # managed-every-7-days-from-2026-12-02:
  #   # Secrets Manager: AutomaticallyAfterDays 7
  #   when: rate(7 days)
  #   start: 2026-12-02T00:00:00Z
  #   window: 1d
  #   secrets:
  #     - rds!db-1

  # managed-every-30-days-from-2026-12-01:
  #   # Secrets Manager: AutomaticallyAfterDays 30
  #   when: rate(30 days)
  #   start: 2026-12-01T00:00:00Z
  #   window: 1d
  #   secrets:
  #     - partner

# 2 rotated by the service that owns them; Tourbillon can rotate them, too
#   events!connection/x: by events, without rotation; created 2024-03-01, 1002 d ago
#   rds!db-1: by rds: AutomaticallyAfterDays 7

# 1 rotated with a partner; Tourbillon can rotate them, too
#   partner: by Salesforce: AutomaticallyAfterDays 30

# 1 with a rotation function, and no rule: they rotate on demand only
#   asked: created 2024-03-01, 1002 d ago

# 1 their rotation is switched off
#   off: it was AutomaticallyAfterDays 30; created 2024-03-01, 1002 d ago

# 2 without rotation, the oldest first
#   older: created 2020-01-01, 2523 d ago
#   old: created 2024-03-01, 1002 d ago

# 1 replicas: they rotate in their primary region
#   copy: of us-east-1

# 1 to be deleted
#   gone: deleted 2026-11-20
`)
})
