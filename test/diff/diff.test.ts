import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { diffConfigs, isDifferent } from '../../src/diff/diff.ts'
import type { Side } from '../../src/diff/permissions.ts'
import { iso } from '../../src/model/time.ts'

const FROM = Date.parse('2026-11-27T00:00:00Z')

function config(yaml: string): Side {
  const parsed = parseConfig('config/prod.yml', yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed
}

/** One schedule `a` of secret `a`, weekly in Tokyo, with more or other keys. */
function one(more = '', { when = 'cron(0 3 ? * SUN *)', top = '' } = {}): string {
  return `defaults: { timezone: Asia/Tokyo }\n${top}\nschedules:\n  a: { when: '${when}', secrets: [a]${more} }\n`
}

function diff(base: string, head: string) {
  const found = diffConfigs(config(base), config(head), FROM)
  const [first] = found.schedules
  return { ...found, first, counts: first && [first.gained.length, first.lost.length, first.moved.length] }
}

const FREEZE = 'freezes: [{ name: year-end, from: 2026-12-28, to: 2027-01-04 }]'

describe('a schedule', () => {
  it.each<[string, string, string, string, [gained: number, lost: number, moved: number]]>([
    ['moved by an hour', one(), one('', { when: 'cron(0 4 ? * SUN *)' }), 'when', [0, 0, 52]],
    ['moved to another day', one(), one('', { when: 'cron(0 3 ? * MON *)' }), 'when', [52, 52, 0]],
    ['moved to another zone', one(), one(', timezone: Europe/Paris'), 'timezone', [0, 0, 52]],
    ['made twice as often', one(), one('', { when: 'cron(0 3,15 ? * SUN *)' }), 'when', [52, 0, 0]],
    ['disabled', one(), one(', enabled: false'), 'enabled', [0, 52, 0]],
    ['enabled', one(', enabled: false'), one(), 'enabled', [52, 0, 0]],
    ['under a freeze', one(), one('', { top: FREEZE }), '', [0, 1, 0]],
    ['rid of a freeze', one('', { top: FREEZE }), one(), '', [1, 0, 0]],
    [
      'through a freeze',
      one('', { top: FREEZE }),
      one(', ignoreFreezes: [{ name: year-end, reason: agreed }]', { top: FREEZE }),
      'ignoreFreezes',
      [1, 0, 0],
    ],
    ['with a wider window', one(), one(', window: 1h'), 'window', [0, 0, 0]],
    ['with the same in other words', one(', window: 60m'), one(', window: 1h'), '-', [0, 0, 0]],
    [
      'with the default written out',
      one(),
      one(', window: 30m, concurrency: 10, enabled: true'),
      '-',
      [0, 0, 0],
    ],
  ])('%s', (_, base, head, fields, counts) => {
    const found = diff(base, head)
    expect(found.first?.fields.map(({ field }) => field).join() ?? '-').toBe(fields)
    expect(found.counts ?? [0, 0, 0]).toEqual(counts)
    expect(isDifferent(found)).toBe(fields !== '-')
  })

  it('says which freeze swallows, or let go, and when', () => {
    const there = diff(one(), one('', { top: FREEZE })).first
    const back = diff(one('', { top: FREEZE }), one()).first
    const frozen = [{ at: Date.parse('2027-01-02T18:00:00Z'), freeze: 'year-end' }]
    expect([there?.lost, there?.frozen]).toEqual([[frozen[0]?.at], frozen])
    expect([back?.gained, back?.frozen]).toEqual([[frozen[0]?.at], frozen])
  })

  it('blames the freeze where the moved one is swallowed, too', () => {
    const found = diff(one(), one('', { top: FREEZE, when: 'cron(0 4 ? * SUN *)' }))
    expect(found.counts).toEqual([0, 1, 51])
    expect(found.first?.frozen.map(({ freeze }) => freeze)).toEqual(['year-end'])
  })

  it('tells what moved past the end of the year from what is lost', () => {
    const from = Date.parse('2026-11-28T18:30:00Z')
    const found = diffConfigs(config(one()), config(one('', { when: 'cron(0 4 ? * SUN *)' })), from)
    const [first] = found.schedules
    // Today at 03:00 is over, at 04:00 is to come: that is gained. In a year the same border cuts between the two.
    expect([first?.gained.map(iso), first?.lost, first?.beyond]).toEqual([
      ['2026-11-28T19:00:00.000Z'],
      [],
      [],
    ])
    const later = diffConfigs(
      config(one()),
      config(one('', { when: 'cron(0 4 ? * SUN *)' })),
      from + 86_400_000,
    )
    expect(later.schedules[0]?.beyond.map(iso)).toEqual([])
    const cut = diffConfigs(
      config(one('', { when: 'cron(0 3 * * ? *)' })),
      config(one('', { when: 'cron(0 4 * * ? *)' })),
      from,
    ).schedules[0]
    expect([cut?.lost.map(iso), cut?.beyond.map(iso)]).toEqual([
      ['2027-11-28T18:00:00.000Z'],
      ['2027-11-28T18:00:00.000Z'],
    ])
  })

  it('is swallowed from the freeze’s first instant up to its end, exclusive', () => {
    const nightly = (top = '') => one('', { when: 'cron(0 3 * * ? *)', top })
    const top = 'freezes: [{ name: f, from: 2026-12-28T03:00, to: 2026-12-30T03:00 }]'
    expect(diff(nightly(), nightly(top)).first?.lost.map(iso)).toEqual([
      '2026-12-27T18:00:00.000Z',
      '2026-12-28T18:00:00.000Z',
    ])
  })

  it('blames a freeze that begins as the year ends, and not the end', () => {
    const from = Date.parse('2026-11-28T18:30:00Z')
    const top = 'freezes: [{ name: f, from: 2027-11-29T03:45, to: 2027-12-05 }]'
    const { schedules } = diffConfigs(
      config(one('', { when: 'cron(0 3 * * ? *)' })),
      config(one('', { when: 'cron(0 4 * * ? *)', top })),
      from,
    )
    const at = Date.parse('2027-11-28T18:00:00Z')
    expect(schedules[0]).toMatchObject({ lost: [at], frozen: [{ at, freeze: 'f' }], beyond: [] })
  })

  it('knows its next before and after, frozen ones left out', () => {
    const top = 'freezes: [{ name: now, from: 2026-11-20, to: 2026-12-01 }]'
    const { first } = diff(one(), one('', { top, when: 'cron(0 4 ? * SUN *)' }))
    expect([first?.before?.next, first?.after?.next].map((at) => at && iso(at))).toEqual([
      '2026-11-28T18:00:00.000Z',
      '2026-12-05T19:00:00.000Z',
    ])
    expect(diff(one(), one(', enabled: false')).first?.after?.next).toBeUndefined()
    const always = 'freezes: [{ name: always, from: 2026-01-01, to: 2027-01-01, yearly: true }]'
    expect(diff(one(), one('', { top: always })).first?.after?.next).toBeUndefined()
  })
})

describe('schedules that come and go', () => {
  const two = (a: string, b: string) =>
    `defaults: { timezone: UTC }\nschedules:\n  ${a}: { when: cron(0 3 * * ? *), secrets: [x] }\n  ${b}: { when: cron(0 4 * * ? *), secrets: [y] }\n`

  it.each([
    ['one renamed', two('a', 'b'), two('c', 'b'), ['c renamed a']],
    ['both renamed', two('a', 'b'), two('c', 'd'), ['c renamed a', 'd renamed b']],
    ['names exchanged: no rename', two('a', 'b'), two('b', 'a'), ['b changed ', 'a changed ']],
    [
      'renamed and moved: not plainly so',
      two('a', 'b'),
      two('c', 'b').replace('0 3', '0 5'),
      ['c added ', 'a removed '],
    ],
    [
      'two alike: nobody knows which',
      two('a', 'b').replace('0 4', '0 3').replace('[y]', '[x]'),
      two('c', 'd').replace('0 4', '0 3').replace('[y]', '[x]'),
      ['c added ', 'd added ', 'a removed ', 'b removed '],
    ],
  ])('%s', (_, base, head, expected) => {
    const { schedules } = diff(base, head)
    expect(schedules.map(({ name, change, was = '' }) => `${name} ${change} ${was}`)).toEqual(expected)
  })

  it('keeps the warnings and the instants of a renamed one', () => {
    const dst = (name: string) =>
      `schedules: { ${name}: { when: cron(30 2 * * ? *), timezone: Europe/Paris, secrets: [x] } }`
    const found = diff(dst('a'), dst('b'))
    expect([found.counts, found.warnings]).toEqual([[0, 0, 0], { new: [], gone: [] }])
  })
})

describe('secrets', () => {
  const secrets = (list: string, more = '') =>
    `defaults: { timezone: UTC }\nschedules:\n  a: { when: cron(0 3 * * ? *), secrets: ${list} }\n${more}`
  const chooses = (by: string) => `  b: { when: cron(0 5 * * ? *), secrets: ${by} }\n`

  it.each<[string, string, string, string[], string[]]>([
    ['another', secrets('[x]'), secrets('[y]'), ['y'], ['x']],
    [
      'taken over by another schedule',
      secrets('[x, y]'),
      secrets('[x]', '  b: { when: cron(0 5 * * ? *), secrets: [y] }\n'),
      [],
      [],
    ],
    [
      'by ARN instead of by name',
      secrets('[x]'),
      secrets("['arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-a1B2c3']"),
      [],
      [],
    ],
    ['chosen by its prefix', secrets('[x, prod/y]'), secrets('[x]', chooses('{ prefix: prod/ }')), [], []],
    [
      'perhaps chosen by its tags',
      secrets('[x, prod/y]'),
      secrets('[x]', chooses('{ tags: { rotate: yes } }').replace('yes', "'yes'")),
      [],
      ['prod/y unless b'],
    ],
  ])('%s', (_, base, head, gained, lost) => {
    const { secrets: found } = diff(base, head)
    const text = ({ secret, unless }: { secret: string; unless?: string }) =>
      secret + (unless === undefined ? '' : ` unless ${unless}`)
    expect([found.gained.map(text), found.lost.map(text)]).toEqual([gained, lost])
  })

  it('a disabled schedule rotates none', () => {
    expect(diff(one(), one(', enabled: false')).secrets.lost).toEqual([{ secret: 'a', place: '' }])
  })
})

describe('freezes, permissions, warnings', () => {
  it('names what differs of a freeze', () => {
    const found = diff(one('', { top: FREEZE }), one('', { top: FREEZE.replace('01-04', '01-11') }))
    expect(found.freezes).toEqual([
      {
        name: 'year-end',
        change: 'changed',
        fields: [{ field: 'to', before: ['2027-01-04'], after: ['2027-01-11'] }],
      },
    ])
    expect(diff(one('', { top: FREEZE }), one()).freezes.map(({ change }) => change)).toEqual(['removed'])
  })

  it.each<[string, string, string[]]>([
    ['a hook', ', before: [{ invoke: veto }]', ['RotateRole lambda:InvokeFunction function:veto']],
    [
      'a Change Calendar',
      ', changeCalendars: [company]',
      ['RotateRole ssm:GetCalendarState document/company'],
    ],
    [
      'a topic',
      ', notify: { sns: ops }',
      ['RotateRole sns:Publish ops', 'AuditRole sns:Publish ops', 'ObserveRole sns:Publish ops'],
    ],
    ['nothing', ', window: 1h', []],
  ])('permissions for %s', (_, more, expected) => {
    const { permissions } = diff(one(), one(more))
    const back = diff(one(more), one()).permissions
    if ('unknown' in permissions || 'unknown' in back) throw new Error('unknown')
    const text = permissions.gained.map(
      ({ role, actions, resources }) =>
        `${role} ${actions} ${resources.map((it) => it.replace(/^.*AccountId\}:/, ''))}`,
    )
    expect([text.sort(), permissions.lost]).toEqual([expected.sort(), []])
    expect([back.lost, back.gained]).toEqual([permissions.gained, []])
  })

  it('tells what a stage says of itself, and what follows for permissions and warnings', () => {
    const stage = (more: string) =>
      one('', { top: `stage: { account: '111122223333', region: eu-west-1${more} }` })
    const boundary = ', permissionsBoundary: arn:aws:iam::111122223333:policy/b'
    const found = diff(
      stage(boundary),
      stage(', disposable: true, rotationFunctions: [SecretsManager*, mine]'),
    )
    expect(found.stage).toEqual([
      { field: 'rotationFunctions', before: ['SecretsManager*'], after: ['SecretsManager*', 'mine'] },
      { field: 'disposable', before: ['false'], after: ['true'] },
      { field: 'permissionsBoundary', before: ['arn:aws:iam::111122223333:policy/b'], after: [] },
    ])
    expect(found.permissions).toMatchObject({
      gained: [{ role: 'RotateRole', actions: ['lambda:InvokeFunction'] }],
      lost: [],
    })
    expect(isDifferent(found)).toBe(true)
    const unpinned = diff(stage(''), one())
    expect(unpinned.stage.map(({ field }) => field)).toEqual(['account', 'region'])
    expect(unpinned.warnings.new.map(({ name }) => name)).toEqual(['unpinned'])
  })

  it('takes no other permission for a stage of another name', () => {
    const there = config(one())
    const base = { ...there, config: { ...there.config, stage: 'old' } }
    const found = diffConfigs(base, config(one()), FROM)
    expect([isDifferent(found), found.permissions]).toEqual([false, { gained: [], lost: [] }])
  })

  it('says that it does not know where roles cannot be made', () => {
    const many = Array.from({ length: 1_500 }, (_, i) => `${'long/'.repeat(40)}${i}`)
    const found = diff(one(), one().replace('secrets: [a]', `secrets: [${many}]`))
    expect(found.permissions).toEqual({ unknown: expect.stringMatching(/IAM policies/) })
  })

  it('tells warnings that are new, and those that are gone', () => {
    const dst = one('', { when: 'cron(30 2 * * ? *)' }).replace('Asia/Tokyo', 'Europe/Paris')
    const there = diff(one(), dst).warnings
    expect(there.new.map(({ message }) => message)).toEqual([
      expect.stringMatching(/skip 02:30/),
      expect.stringMatching(/02:30 .*twice/),
    ])
    expect(diff(dst, one()).warnings).toEqual({ new: [], gone: there.new })
  })
  describe('rules', () => {
    const rules = (...all: string[]) => ({ top: `rules: [${all.join(', ')}]` })
    const [AGE, EYES] = ['{ name: age, maxAge: 30d }', '{ name: eyes, approval: true }']

    it('are told as they come, go and change', () => {
      const base = one('', rules(AGE, '{ name: hours, never: [{ from: 08:00, days: MON }] }'))
      const head = one('', rules(AGE.replace('30d', '9d'), EYES))
      expect(diff(base, head).rules).toEqual([
        { name: 'age', change: 'changed', fields: [{ field: 'maxAge', before: ['30d'], after: ['9d'] }] },
        { name: 'eyes', change: 'added', fields: [{ field: 'approval', before: [], after: ['true'] }] },
        {
          name: 'hours',
          change: 'removed',
          fields: [{ field: 'never', before: ['08:00–24:00 MON'], after: [] }],
        },
      ])
    })

    it('that are not kept any more are told, and those that are kept again', () => {
      const [kept, broken] = [one('', rules(AGE)), one('', { when: 'cron(0 3 1 * ? *)', ...rules(AGE) })]
      const there = diff(kept, broken)
      expect(there.broken).toMatchObject({ new: [{ rule: 'age', schedule: 'a', field: 'when' }], gone: [] })
      expect(diff(broken, kept).broken).toEqual({ new: [], gone: there.broken.new })
    })

    it('are waived by a field of the schedule', () => {
      const waived = diff(one('', rules(EYES)), one(', waive: [{ rule: eyes, reason: why }]', rules(EYES)))
      expect(waived.first?.fields).toEqual([{ field: 'waive', before: [], after: ['eyes: why'] }])
      expect(waived.broken).toMatchObject({ new: [], gone: [{ rule: 'eyes' }] })
    })

    it('alone are a difference', () => {
      expect(isDifferent(diff(one(), one('', rules(AGE))))).toBe(true)
    })
  })
})
