import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { rehearse } from '../../src/cli/rehearse.ts'
import { validate } from '../../src/cli/validate.ts'
import { runCommand } from './terminal.ts'
import { bareEnvironment, MAIN, tourbillon } from './tourbillon.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearse-'))
})
afterAll(() => rm(folder, { recursive: true }))

const HEAD = 'defaults: { timezone: UTC, window: 10m, timeout: 5m }\nschedules:\n'
const FINE = `${HEAD}  orders: { when: cron(0 3 ? * SUN *), secrets: [prod/a, prod/b] }\n`
const CUT = `${HEAD}  orders: { when: cron(0 3 ? * SUN *), secrets: [${Array.from({ length: 20 }, (_, it) => `prod/${it}`).join(', ')}], concurrency: 1 }\n`
const MONTH = ['--from', '2027-01-01', '--to', '2027-02-01', '--offline']

async function rehearsed(text: string, args: string[] = MONTH) {
  const file = join(folder, 'prod.yml')
  await writeFile(file, text)
  return runCommand(rehearse, ['--config', file, ...args])
}

it('says what would come of every schedule, in 80 columns, and exits with 0 where nothing is wrong', async () => {
  const { code, out, err } = await rehearsed(FINE)
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('durations       assumed: 1 min each, half its timeout')
  expect(out).toMatch(/^orders +5 +2027-01-03 +2027-01-31 +10\/10 /m)
  expect(out).toMatch(/^- Rotation functions fail for 1 d: of \d+ rotations 2 ROTATION_FUNCTION_FAILED/m)
  expect(out).toMatch(/Findings\nnothing found\n$/)
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
})

it('tells where a mistake stands and what to do, and exits with 1', async () => {
  const { code, out } = await rehearsed(CUT, [...MONTH, '--brief'])
  expect(code).toBe(1)
  expect(out).toMatch(/prod\.yml:3:\d+ schedules\.orders(\.window)?: WINDOW_CLOSED: 50\n {4}of 100/)
  expect(out).toMatch(/hint: write concurrency: \d+, or window: 2[0-9]m/)
})

it('people would be told of each wave that its window cut off, once however large', async () => {
  const { out } = await rehearsed(CUT)
  expect(out).toMatch(/Pages\n5 texts to people \(5 missed\)/)
  const secrets = Array.from({ length: 100 }, (_, it) => `x/${it}`)
  const many = await rehearsed(
    `${HEAD}  all: { when: cron(0 3 ? * SUN *), secrets: [${secrets.join(', ')}], concurrency: 3 }\n`,
  )
  expect(many.out).toMatch(/Pages\n5 texts to people \(5 missed\)/)
})

it('its hint, once followed, leaves nothing to find', async () => {
  const { out } = await rehearsed(CUT, [...MONTH, '--brief'])
  const [, window = ''] = /or window: (\w+)/.exec(out) ?? []
  const mended = await rehearsed(CUT.replace('window: 10m', `window: ${window}`), [...MONTH, '--brief'])
  expect(mended.out).toMatch(/nothing found\n$/)
  const [, concurrency = ''] = /concurrency: (\w+)/.exec(out) ?? []
  const faster = await rehearsed(CUT.replace('concurrency: 1', `concurrency: ${concurrency}`), [
    ...MONTH,
    '--brief',
  ])
  expect(faster.out).toMatch(/nothing found\n$/)
})

it('--json has every occurrence, and the same seed gives the same bytes, faults included', async () => {
  const args = [...MONTH, '--json', '--faults', 'usual', '--seed', '7']
  const [one, two] = [await rehearsed(CUT, args), await rehearsed(CUT, args)]
  expect(one.out).toBe(two.out)
  const { occurrences, findings, peaks, ok } = JSON.parse(one.out)
  expect(occurrences.map((it: { scheduledAt: string }) => it.scheduledAt)).toEqual(
    ['03', '10', '17', '24', '31'].map((day) => `2027-01-${day}T03:00:00.000Z`),
  )
  expect([ok, findings[0].name, findings[0].schedule]).toEqual([false, 'left-out', 'orders'])
  expect(peaks.find(({ what }: { what: string }) => what === 'RotateSecret').quota).toBe(50)
})

it('writes Markdown to a file, and a summary of few lines', async () => {
  const file = join(folder, 'year.md')
  await rehearsed(CUT, [...MONTH, '--brief', '--markdown', file])
  expect(await readFile(file, 'utf8')).toMatch(/^# Rehearsal of stage prod\n[\s\S]*\n## Findings\n\n- /)
  const { code, out } = await rehearsed(CUT, [...MONTH, '--summary'])
  expect([code, out.split('\n').length]).toEqual([1, 4])
  expect(out).toMatch(
    /^\*\*Rehearsal of `prod`: 1 finding\*\* \(5 waves, 100 rotations from 2027-01-01 to 2027-02-01\)/,
  )
})

it('- is stdout: the Markdown, in place of the text', async () => {
  const { code, out, err } = await rehearsed(FINE, [...MONTH, '--brief', '--markdown', '-'])
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^# Rehearsal of stage prod\n/)
  expect(out).not.toMatch(/^Rehearsal of/m)
  expect(existsSync('-')).toBe(false)
  const both = await rehearsed(FINE, [...MONTH, '--summary', '--markdown', '-'])
  expect([both.code, both.out, both.err]).toEqual([
    2,
    '',
    expect.stringMatching(/^--markdown - beside --summ/),
  ])
})

it('what is due on 29 February only, and not in this year, is told', async () => {
  const leap = `${HEAD}  leap: { when: cron(0 4 29 2 ? *), secrets: [prod/a] }\n`
  const year = await rehearsed(leap, ['--from', '2026-11-28', '--offline', '--brief'])
  expect([year.code, year.out]).toEqual([
    1,
    expect.stringMatching(/nothing\s+is\s+due\s+before\s+2028-02-29,\s+in\s+458\s+d/),
  ])
  const later = ['--from', '2026-11-28', '--to', '2028-03-01', '--offline', '--brief']
  expect((await rehearsed(leap, later)).code).toBe(0)
})

it('nothing found of nothing is said so wherever it is said', async () => {
  const none = FINE.replace('secrets:', 'enabled: false, secrets:')
  const summary = await rehearsed(none, [...MONTH, '--summary'])
  expect(summary.out).toContain('nothing found, for nothing is due**')
  const { out } = await rehearsed(none, [...MONTH, '--markdown', '-'])
  expect(out).toContain('Nothing found, for nothing is due.')
})

it('a file that cannot be written is told before anything is run', async () => {
  const args = [...MONTH, '--summary', '--base', 'no-such-revision']
  const { code, out, err } = await rehearsed(FINE, [...args, '--markdown', join(folder, 'none', 'year.md')])
  expect([code, out, err]).toEqual([
    2,
    '',
    expect.stringMatching(/^cannot write .*none\/year\.md: there is no folder \S+none\n/),
  ])
  // What fails later leaves the file as it was, and nothing beside it.
  const file = join(folder, 'kept.md')
  await writeFile(file, 'as it was')
  expect((await rehearsed(FINE, [...args, '--markdown', file])).err).toMatch(/no-such-revision/)
  expect(await readFile(file, 'utf8')).toBe('as it was')
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
})

it('Ctrl-C leaves the file as it was, and nothing beside it', async () => {
  const there = await mkdtemp(join(tmpdir(), 'rehearse-'))
  const [config, file] = [join(there, 'prod.yml'), join(there, 'year.md')]
  await writeFile(config, DAILY)
  await writeFile(file, 'as it was')
  const args = ['--config', config, '--markdown', file, '--offline', '--to', '2035-01-01']
  const child = spawn(process.execPath, [MAIN, 'rehearse', ...args], { env: bareEnvironment() })
  const stderr = text(child.stderr)
  for await (const { filename } of watch(there)) if (filename?.endsWith('.part')) break
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([2, null])
  expect(await stderr).toContain('interrupted: nothing is written')
  expect([await readFile(file, 'utf8'), await readdir(there)]).toEqual(['as it was', ['prod.yml', 'year.md']])
  await rm(there, { recursive: true })
})

it('--head rehearses the file as a revision has it, whatever stands here', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'rehearse-'))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=mira', '-c', 'user.email=mira@example.com', ...args], { cwd })
  git('init', '-q', '-b', 'main')
  await writeFile(join(cwd, 'prod.yml'), CUT)
  git('add', '-A')
  git('commit', '-q', '-m', 'a change')
  await writeFile(join(cwd, 'prod.yml'), FINE)
  await writeFile(join(cwd, 'new.yml'), FINE)
  const run = (file: string, ...more: string[]) =>
    tourbillon(['rehearse', '--config', file, ...MONTH, '--brief', ...more], { cwd })
  expect((await run('prod.yml')).code).toBe(0)
  const there = await run('prod.yml', '--head', 'main')
  expect([there.code, there.stdout]).toEqual([1, expect.stringMatching(/^prod\.yml:3:\d+ /m)])
  const asked = ['--summary', '--base', 'main']
  const fresh = await run('new.yml', ...asked)
  expect(fresh.stdout).toContain('nothing found, compared with nothing: `main` has no such file**')
  // What a change acknowledges is still so.
  await writeFile(
    join(cwd, 'prod.yml'),
    CUT.replace('concurrency: 1', `concurrency: 1, ${known('left-out')}`),
  )
  const meant = await run('prod.yml', ...asked)
  expect(meant.stdout).toMatch(/nothing found, 1 acknowledged\*\*/)
  expect(meant.stdout).toContain('\n- newly acknowledged: **left-out** `orders`: `the team knows`\n')
  await writeFile(join(cwd, 'prod.yml'), FINE)
  expect((await run('prod.yml', ...asked)).stdout).toContain('\n- gone: **left-out** `orders`\n')
  git('rm', '-q', '--cached', 'prod.yml')
  await writeFile(join(cwd, 'prod.yml'), 'schedules: 7')
  git('add', 'prod.yml')
  git('commit', '-q', '-m', 'broken')
  await writeFile(join(cwd, 'prod.yml'), FINE)
  expect((await run('prod.yml', ...asked)).stdout).toContain(
    'compared with nothing: `main` has it with errors',
  )
  // Where no file can stand for a revision, none is proposed.
  const file = await run('prod.yml', '--head', './new.yml')
  expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('no git revision "./new.yml"')])
  expect(file.stderr).not.toContain('.yml, or begins')
  const none = await run('new.yml', '--head', 'main')
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('new.yml is not in main')])
  await rm(cwd, { recursive: true })
})

it('nobody answers: of an approval it says what comes of that, and counts it as given elsewhere', async () => {
  const { out } = await rehearsed(FINE.replace('prod/b] }', 'prod/b], approval: {}, notice: [24h] }'))
  expect(out).toMatch(/- Nobody answers an approval: of \d+ rotations \d+ NOT_APPROVED/)
  expect(out).toContain('5 requests for a go-ahead')
  expect(out).toMatch(/^orders +5 .* 10\/10 /m)
})

const DAILY = FINE.replace('? * SUN *', '* * ? *')

const whatIf = async (text: string) => (await rehearsed(text)).out.replaceAll(/\n {2}/g, ' ')

it('what failed is not called the same because the next run finished it', async () => {
  expect(await whatIf(DAILY)).toContain(
    '- Rotation functions fail for 1 d: of 8 rotations 2 SUCCEEDED late; 2 secrets rotate by the next run or an attempt again, within 1 d; 1 page',
  )
})

it('of what begins later it says by how much, though all succeed', async () => {
  const out = await whatIf(DAILY)
  expect(out).toMatch(
    /Scheduler delivers 20 min late .*: all comes out the same, up to \d+ min \d+ s later$/m,
  )
  expect(out).toMatch(/Secrets Manager refuses four of five requests .*: .* up to \d+ min \d+ s later/)
})

it('a late Scheduler is late with runs that it starts ahead of the instant, too', async () => {
  const out = await whatIf(DAILY.replace('secrets:', 'precision: second, objective: { skew: 1s }, secrets:'))
  expect(out).toMatch(
    /Scheduler delivers 20 min late .*: all comes out the same, up to \d+ min \d+ s later, 1 page$/m,
  )
  // Seconds tell why somebody hears of it.
  const one = await whatIf(
    'defaults: { timezone: UTC, window: 1h, timeout: 10m, objective: { skew: 1s } }\nschedules:\n  sec: { when: cron(0 4 * * ? *), secrets: [prod/b], precision: second }\n',
  )
  expect(one).toMatch(/refuses four of five requests .*: all comes out the same, up to \d+ s later, 1 page$/m)
})

const AFTER_THE_CHANGE = (when: string, timezone: string, more = '') =>
  `${HEAD}  night: { when: ${when}, timezone: ${timezone}, secrets: [prod/a], precision: second${more} }\n`

it.each([
  ['cron(0 2 * * ? *)', 'Europe/Paris', 'cron(0 1 * * ? *)'],
  ['cron(0 0 ? * SUN *)', 'America/Santiago', 'cron(0 2 ? * SUN *)'],
])('a time that is called safe is so to the second: %s in %s', async (when, zone, safe) => {
  const year = ['--from', '2027-03-20', '--offline', '--brief']
  const promise = ', objective: { skew: 1s }'
  const found = await rehearsed(AFTER_THE_CHANGE(when, zone, promise), year)
  const [, proposed = ''] = /a safe time near it: (cron\([^)]*\))/.exec(found.out) ?? []
  expect(proposed).toBe(safe)
  const checked = await runCommand(validate, ['--config', join(folder, 'prod.yml')], {
    now: '2027-03-20T00:00:00Z',
  })
  expect(checked.out).toContain(`a safe time near it: ${safe}`)
  const mended = await rehearsed(AFTER_THE_CHANGE(proposed, zone, promise), year)
  expect([mended.code, mended.out]).toEqual([0, expect.stringMatching(/nothing found\n$/)])
})

it('where no run is fired ahead, right after clocks change, is told, and what to do is enough', async () => {
  const year = ['--from', '2027-03-20', '--offline', '--brief']
  const told = async (when: string, more = '') => {
    const { code, out } = await rehearsed(AFTER_THE_CHANGE(when, 'Europe/Paris', more), year)
    return { code, out: out.replaceAll(/\n {2,}/g, ' ') }
  }
  const words = 'right after one of these no run is fired ahead of night'
  const quiet = await told('cron(1 3 * * ? *)')
  expect([quiet.code, quiet.out]).toEqual([0, expect.stringContaining(words)])
  const missed = await told('cron(1 3 * * ? *)', ', objective: { skew: 1s }')
  expect([missed.code, missed.out]).toEqual([
    1,
    expect.stringMatching(
      /: 2 of 366 rotations .* for the simulated Scheduler, where no run is fired ahead \(precision: second\) \[objective\] hint: write a time at least two minutes after those that clocks skip or show twice, or objective: \{ skew: \d+s \}/,
    ),
  ])
  const later = await told('cron(2 3 * * ? *)', ', objective: { skew: 1s }')
  expect([later.code, later.out]).toEqual([0, expect.not.stringContaining(words)])
})

it('quotas are of each account and region: what two use together is no peak', async () => {
  const forty = `concurrency: 40, precision: second, secrets: [${Array.from({ length: 40 }, (_, it) => `p/${it}`).join(', ')}]`
  const both = (place: string) =>
    `accounts: { "111122223333": { role: tourbillon-rotate } }\n${HEAD}  here: { when: cron(0 3 ? * SUN *), ${forty} }\n  there: { when: cron(0 3 ? * SUN *), ${place}${forty.replaceAll('p/', 'q/')} }\n`
  const peaks = async (place: string) => {
    const { out } = await rehearsed(both(place), [...MONTH, '--brief', '--json'])
    const { peaks, findings } = JSON.parse(out)
    return [
      ...peaks.map(({ what, most }: { what: string; most: number }) => `${what} ${most}`),
      ...findings.map(({ name }: { name: string }) => name),
    ]
  }
  const apart = ['RotateSecret 40', 'PutSecretValue 40', 'rotate executions 2', 'rotation functions 40']
  expect(await peaks('account: "111122223333", ')).toEqual(apart)
  expect(await peaks('region: us-east-1, ')).toEqual(apart)
  expect(await peaks('')).toContain('RotateSecret 80')
})

it('a prefix chooses what others name, in the same place only', async () => {
  const both = (more: string) =>
    `accounts: { "111122223333": { role: tourbillon-rotate } }\n${HEAD}  all: { when: cron(0 3 ? * SUN *), secrets: { prefix: prod/${more} }\n  one: { when: cron(0 3 ? * SUN *), secrets: [prod/a] }\n`
  const brief = [...MONTH, '--brief']
  expect((await rehearsed(both('}'), brief)).out).toMatch(/all\s+rotates\s+prod\/a\s+too/)
  expect((await rehearsed(both('}, account: "111122223333"'), brief)).code).toBe(0)
  expect((await rehearsed(both(', tags: { team: orders } }'), brief)).code).toBe(0)
})

const HOME = 'stage: { account: "111122223333", region: us-east-1 }\n'
const MEMBER = 'accounts: { "111122223333": { role: tourbillon-rotate } }\n'
const SUNDAY = 'when: cron(0 3 ? * SUN *)'
const two = (head: string, place: string, other: string, more = '') =>
  `${head}${MEMBER}${HEAD}  one: { ${SUNDAY}, secrets: [prod/a]${more} }\n  two: { ${SUNDAY}, ${place}secrets: ${other} }\n`
const namesIn = async (text: string) => {
  const { out } = await rehearsed(text, [...MONTH, '--brief', '--json'])
  const { findings, known } = JSON.parse(out)
  return [findings.map(({ name }: { name: string }) => name), known.places]
}

it.each([
  ['region: us-east-1, '],
  ['account: "111122223333", '],
  ['account: "111122223333", region: us-east-1, '],
])('a schedule that names the stage’s own place, %s is in no other', async (place) => {
  expect(await namesIn(two(HOME, place, '[prod/a]'))).toEqual([['together'], undefined])
  expect(await namesIn(two(HOME, place, '{ prefix: prod/ }'))).toEqual([['together'], undefined])
  const checked = await runCommand(validate, ['--config', join(folder, 'prod.yml'), '--json'])
  expect(JSON.parse(checked.out).warnings).toEqual([])
  await rehearsed(two(HOME, place, '[prod/a]'))
  const both = await runCommand(validate, ['--config', join(folder, 'prod.yml'), '--json'])
  expect(JSON.parse(both.out).warnings.map(({ path }: { path: string }) => path)).toEqual([
    'schedules.two.secrets.0',
  ])
})

it.each([
  ['of another region', HOME.replace('us-east-1', 'eu-west-1'), undefined],
  ['of another account', HOME.replace('111122223333', '444455556666'), undefined],
  ['that the file names nowhere', '', expect.stringMatching(/names no account and no region: two$/)],
  [
    'in a region that the file does not name',
    HOME.replace(', region: us-east-1', ''),
    expect.stringMatching(/no region: two$/),
  ],
])('a stage %s is another place, and it says where that is assumed', async (_, head, places) => {
  const place = 'account: "111122223333", region: us-east-1, '
  expect(await namesIn(two(head, place, '[prod/a]'))).toEqual([[], places])
})

it('quotas of the stage’s own place are those of whoever names it, too', async () => {
  const forty = (prefix: string) =>
    `concurrency: 40, precision: second, secrets: [${Array.from({ length: 40 }, (_, it) => `${prefix}/${it}`).join(', ')}]`
  const text = `${HOME}${HEAD}  here: { ${SUNDAY}, ${forty('p')} }\n  named: { ${SUNDAY}, region: us-east-1, ${forty('q')} }\n`
  expect(await namesIn(text)).toEqual([['quota', 'quota'], undefined])
  expect((await rehearsed(text, [...MONTH, '--brief'])).out).toMatch(/^RotateSecret +80 of 50/m)
})

it('a short period says nothing of a week or month that it cannot know', async () => {
  const of = async (args: string[]) => {
    const { out } = await rehearsed(CUT, [...args, '--offline', '--brief', '--json'])
    return JSON.parse(out).cost.parts.find(({ what }: { what: string }) => what === 'rotations').dollars
  }
  const hour = ['--from', '2027-01-03T03:00:00Z', '--to', '2027-01-03T04:00:00Z']
  // Sundays of thirty days, of twenty secrets each.
  expect(await of(hour)).toBeCloseTo(await of(['--from', '2027-01-03', '--to', '2027-02-02']), 6)
  const { out } = await rehearsed(CUT, [...hour, '--offline', '--brief'])
  expect(out).toContain('Pages\n1 text to people (1 missed).\n')
  expect((await rehearsed(CUT, [...MONTH, '--brief'])).out).toMatch(/5 texts to people .*, 1\.1 a week/)
})

it('each way that the hint about retries names is enough', async () => {
  const of = (more: string) =>
    rehearsed(`${HEAD}  one: { ${SUNDAY}, secrets: [prod/a], ${more} }\n`, [...MONTH, '--brief'])
  const { out } = await of('retries: 3, window: 5m, timeout: 10m')
  expect(out).toContain('hint: write window: 12m or more, or fewer retries and a shorter timeout')
  expect((await of('retries: 3, window: 12m, timeout: 10m')).code).toBe(0)
  expect((await of('retries: 2, window: 5m, timeout: 10m')).code).toBe(1)
  expect((await of('retries: 2, window: 5m, timeout: 3m')).code).toBe(0)
})

it('what a summary has no room for, its command shows, however the stage was named', async () => {
  const secrets = (name: string) => `secrets: [${name}/a]`
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map(
    (name) => `  ${name}: { when: rate(36 hours), start: 2027-01-01T03:00:00Z, ${secrets(name)} }\n`,
  )
  const { out } = await rehearsed(`${HEAD}${many.join('')}`, [...MONTH, '--summary'])
  const file = join(folder, 'prod.yml')
  expect(out).toContain(`- and 1 more: \`npx aws-tourbillon rehearse --config ${file}\``)
})

it('a first instant years away is told, and that nothing was rehearsed', async () => {
  const far = `${HEAD}  far: { when: rate(7 days), start: 2030-01-01T03:00:00Z, secrets: [prod/a] }\n`
  const year = ['--from', '2027-01-01', '--offline', '--brief']
  const { code, out } = await rehearsed(far, year)
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/nothing\s+is\s+due\s+before\s+2030-01-01,\s+in\s+1096\s+d/),
  ])
  expect(out).toContain('Nothing is due in this period')
  // A month without an instant is no mistake.
  const month = await rehearsed(far, [...MONTH, '--brief'])
  expect([month.code, month.out]).toEqual([0, expect.stringMatching(/nothing found, for nothing is due\n$/)])
})

it('what is acknowledged for validate is not told again', async () => {
  const late = `${HEAD}  late: { when: cron(30 2 ? * SUN *), timezone: Europe/Paris, secrets: [prod/a]`
  const year = ['--from', '2027-03-01', '--to', '2027-04-01', '--offline', '--brief']
  expect((await rehearsed(`${late} }\n`, year)).out).toContain('[clock-skips]')
  const known = `${late}, acknowledge: [{ warning: clock-skips, reason: known }] }\n`
  expect((await rehearsed(known, year)).code).toBe(0)
})

const FIVE = 'secrets: [prod/a, prod/b, prod/c, prod/d, prod/e]'
const promised = (more: string, defaults = '') =>
  `defaults: { timezone: UTC, window: 1h, timeout: 15m${defaults} }\nschedules:\n  orders: { when: cron(0 3 ? * SUN *), ${FIVE}${more} }\n`
const briefly = async (text: string, more: string[] = []) => {
  const { code, out } = await rehearsed(text, [...MONTH, '--brief', ...more])
  return { code, out: out.replaceAll(/\n {2,}/g, ' ') }
}

const DRIFTS = `${HEAD}  often: { when: rate(36 hours), start: 2027-01-01T03:00:00Z, secrets: [prod/a]`
const known = (name: string, reason = 'the team knows') =>
  `acknowledge: [{ warning: ${name}, reason: ${reason} }]`

it.each([
  ['in its schedule', `${DRIFTS}, ${known('drifts')} }\n`],
  ['under defaults', `${DRIFTS} }\n`.replace('defaults: {', `defaults: { ${known('drifts')},`)],
])('what rehearse alone finds is acknowledged by its name %s, and shown with the reason', async (_, text) => {
  expect((await briefly(`${DRIFTS} }\n`)).out).toContain('[drifts]')
  const { code, out } = await briefly(text)
  expect([code, out]).toEqual([0, expect.stringMatching(/nothing found\n$/)])
  expect(out).toMatch(/Acknowledged\n- often, drifts: comes at another .* \(the team knows\)/)
  const { out: json } = await rehearsed(text, [...MONTH, '--brief', '--json'])
  expect(JSON.parse(json)).toMatchObject({
    ...{ ok: true, findings: [], unused: [] },
    acknowledged: [{ name: 'drifts', schedule: 'often', reason: 'the team knows' }],
  })
  // Nor does validate, which does not look for it, say that there is nothing to acknowledge.
  const file = join(folder, 'prod.yml')
  const checked = await runCommand(validate, ['--config', file, '--json'])
  expect(JSON.parse(checked.out).warnings.map(({ path }: { path: string }) => path)).toEqual(['stage'])
})

it('another name acknowledges nothing, and what nothing needs is told where a year would show it', async () => {
  const text = `${DRIFTS}, ${known('quota')} }\n`
  const year = ['--from', '2027-01-01', '--offline', '--brief']
  const told = (out: string) => out.replaceAll(/\n {2,}/g, ' ')
  const whole = await rehearsed(text, year)
  expect([whole.code, told(whole.out)]).toEqual([1, expect.stringContaining('[drifts]')])
  const unused =
    'schedules.often.acknowledge.0.warning: quota is acknowledged here, and nothing is found of it'
  expect(told(whole.out)).toContain(unused)
  expect((await briefly(text)).out).not.toContain('Acknowledged')
  expect((await rehearsed(text, [...year, '--faults', 'usual'])).out).not.toContain('Acknowledged')
})

it('a name that there is not is an error', async () => {
  const { code, err } = await rehearsed(`${DRIFTS}, ${known('drift')} }\n`)
  expect([code, err]).toEqual([1, expect.stringMatching(/acknowledge\.0\.warning: "drift" is not known/)])
})

it.each([
  [['--faults', 'some'], /no faults "some"/],
  [['--to', '2020-01-01'], /--to is not after --from/],
  [['--to', '2050-01-01'], /more than 10 years/],
  [['--took', 'long'], /--took long is no duration/],
  [['--json', '--summary'], /--json beside/],
  [['prod'], /unexpected "prod"/],
])('refuses %s', async (args, says) => {
  const { code, err } = await rehearsed(FINE, args)
  expect([code, err]).toEqual([2, expect.stringMatching(says)])
})

it('an invalid config is told as it is', async () => {
  const { code, err } = await rehearsed('schedules: 7', MONTH)
  expect([code, err]).toEqual([1, expect.stringContaining('prod.yml:1:')])
})

it('a promised objective that is missed is told at its line: what of it is Scheduler, what the wave; each hint is enough', async () => {
  const queue = promised(', precision: second, concurrency: 2, objective: { skew: 1s }')
  const { code, out } = await briefly(queue)
  expect(code).toBe(1)
  expect(out).toMatch(/^orders +5 .* 25\/25 .* 2 min \d+ s$/m)
  expect(out).toMatch(/^orders +1s +15 of 25 +– +0 ms +2 min \d+ s$/m)
  expect(out).toMatch(
    /prod\.yml:3:\d+ schedules\.orders\.objective: objective skew 1s: 15 of 25 rotations in 5 of 5 occurrences would begin later, at most 2 min \d+ s: up to 2 min \d+ s for their turn \(5 secrets, concurrency: 2\) \[objective\] hint: write concurrency: 5, or objective: \{ skew: 3m \}/,
  )
  const faster = await briefly(queue.replace('concurrency: 2', 'concurrency: 5'))
  const longer = await briefly(queue.replace('skew: 1s', 'skew: 3m'))
  expect([faster.code, longer.code]).toEqual([0, 0])
})

it('of a wave that Scheduler makes late, too, it says both, and each hint is enough', async () => {
  const both = promised(', concurrency: 3, objective: { skew: 65s }')
  const { out } = await briefly(both)
  expect(out).toMatch(
    /up to \d+\.\d s for the simulated Scheduler \(precision: minute\), up to 1 min \d s for their turn \(5 secrets, concurrency: 3\) \[objective\] hint: write precision: second, or objective: \{ skew: 3m \}/,
  )
  const exact = await briefly(both.replace('concurrency', 'precision: second, concurrency'))
  const longer = await briefly(both.replace('skew: 65s', 'skew: 3m'))
  expect([exact.code, longer.code]).toEqual([0, 0])
  const soon = both.replace('skew: 65s', 'skew: 10s')
  expect((await briefly(soon)).out).toMatch(
    /objective skew 10s: even if Scheduler were on time, 10 of 25 .* hint: write precision: second and concurrency: 5, or/,
  )
  const followed = soon.replace('concurrency: 3', 'precision: second, concurrency: 5')
  expect((await briefly(followed)).code).toBe(0)
})

it('what Scheduler’s minute alone makes late is left to validate, and shown', async () => {
  const { code, out } = await briefly(promised(', objective: { skew: 1s }'))
  expect(code).toBe(0)
  expect(out).toMatch(/^orders +1s +25 of 25 +– +\d+\.\d s +0 ms$/m)
  expect(out).toContain('Later by Scheduler’s minute alone, as validate tells (early-objective): orders.')
})

it('an objective of the defaults is told there, and what is kept is none; with faults it is only counted', async () => {
  const queue = promised(', precision: second, concurrency: 2', ',\n  objective: { skew: 1s }')
  expect((await briefly(queue)).out).toMatch(/prod\.yml:2:\d+ schedules\.orders\.objective: objective/)
  expect((await briefly(queue, ['--faults', 'usual'])).out).not.toContain('[objective]')
  expect((await briefly(promised(', precision: second, objective: { skew: 1s }'))).code).toBe(0)
})

it('--json has the figures of every report', async () => {
  const text = promised(', precision: second, objective: { skew: 1s }').replace('? * SUN', '* * ?')
  const { out } = await rehearsed(text, [...MONTH, '--brief', '--json'])
  const [orders] = JSON.parse(out).schedules
  const skew = { count: 155, unknown: 0, p50: 0, p99: 0, most: 0, schedulerMs: 0, ownMs: 0 }
  expect(orders).toMatchObject({ skew, objective: { kept: 155, missed: 0, unknown: 0 } })
})
