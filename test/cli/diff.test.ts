import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { yamlOf } from '../../bench/config.ts'
import { diff } from '../../src/cli/diff.ts'
import { runCommand } from './terminal.ts'
import { tourbillon } from './tourbillon.ts'

const BASE = `defaults: { timezone: Asia/Tokyo }
schedules:
  orders: { when: cron(0 3 ? * SUN *), secrets: [prod/orders/db] }
  billing: { when: cron(30 4 ? * TUE#2 *), timezone: Europe/London, secrets: [prod/billing/db] }
`
const HEAD = `defaults: { timezone: Asia/Tokyo }
freezes: [{ name: year-end, from: 2026-12-28, to: 2027-01-04, reason: 'calm | \`quiet\` @everyone <b>' }]
schedules:
  orders:
    when: cron(30 4 ? * SUN *)
    secrets: [prod/orders/db, prod/orders/reader]
    approval: { timeout: 20m }
  month-end: { when: cron(30 2 L * ? *), secrets: [prod/reports], timezone: Europe/Paris }
`
const BROKEN = BASE.replace('0 3 ?', '0 33 ?')

let directory: string
let repository: string

function git(...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8' }).trim()
}

async function commit(files: Record<string, string>, tag: string): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, name), text)
  git('add', '.')
  git('commit', '-qm', tag)
  git('tag', tag)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'diff-'))
  repository = join(directory, 'repository')
  await mkdir(join(repository, 'config'), { recursive: true })
  await mkdir(join(repository, 'deep/er'), { recursive: true })
  git('init', '-q', '-b', 'main')
  await commit({ 'config/prod.yml': BASE, 'deep/er/readme': 'x' }, 'first')
  await commit({ 'config/prod.yml': HEAD, 'config/new.yml': BASE }, 'second')
  await commit({ 'config/prod.yml': BROKEN }, 'broken')
  await writeFile(join(directory, 'base.yml'), BASE)
  await writeFile(join(directory, 'head.yml'), HEAD)
  await writeFile(join(directory, 'broken.yml'), BROKEN)
})
afterAll(() => rm(directory, { recursive: true }))

const from = ['--from', '2026-11-27']
const files = () => [join(directory, 'base.yml'), join(directory, 'head.yml')]
const run = (args: string[], cwd = repository) => tourbillon(['diff', ...args], { cwd })

describe('diff', () => {
  it('compares two files, anywhere', async () => {
    const { code, stdout, stderr } = await run([...files(), ...from], directory)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('1 schedule changed, 1 added, 1 removed')
  })

  it.each([
    ['a tag and a branch’s past', ['first', 'main~1', '--stage', 'prod'], ''],
    ['a file and a revision', ['../base.yml', 'second', '--stage', 'prod'], ''],
    ['a revision and a file', ['first', '../head.yml', '--stage', 'prod'], ''],
    ['the stage by its file', ['first', 'second', '--config', 'config/prod.yml'], ''],
    ['from a directory within', ['first', 'second', '--config', '../../config/prod.yml'], 'deep/er'],
  ])('gives the same for %s', async (_, args, within) => {
    const [one, other] = await Promise.all([
      run([...args, ...from, '--json'], join(repository, within)),
      run([...files(), ...from, '--json']),
    ])
    expect([one.code, one.stderr]).toEqual([0, ''])
    const { base: _base, head: _head, ...rest } = JSON.parse(one.stdout)
    const { base: __, head: ___, ...expected } = JSON.parse(other.stdout)
    expect(rest).toEqual(expected)
  })

  it('answers in JSON as pinned', async () => {
    const { stdout } = await run(['first', 'second', '--stage', 'prod', ...from, '--json'])
    const { schedules, ...rest } = JSON.parse(stdout)
    expect(rest).toMatchObject({
      ...{ different: true, base: 'first:config/prod.yml', head: 'second:config/prod.yml' },
      ...{ from: '2026-11-27T00:00:00.000Z', to: '2027-11-27T00:00:00.000Z' },
    })
    expect(
      schedules.map(({ name, change }: { name: string; change: string }) => `${name} ${change}`),
    ).toEqual(['orders changed', 'month-end added', 'billing removed'])
    const [orders, monthEnd, billing] = schedules
    expect(orders.moved).toHaveLength(51)
    expect(orders.moved[0]).toEqual({ from: '2026-11-28T18:00:00.000Z', to: '2026-11-28T19:30:00.000Z' })
    expect([orders.gained, orders.lost]).toEqual([[], ['2027-01-02T18:00:00.000Z']])
    expect(orders.frozen).toEqual([{ at: '2027-01-02T18:00:00.000Z', freeze: 'year-end' }])
    expect([monthEnd.gained.length, billing.lost.length]).toEqual([11, 12])
  })

  it('takes no difference for good news, and none for bad', async () => {
    const same = await run(['first', 'first', '--stage', 'prod', ...from, '--exit-code'])
    expect([same.code, same.stderr]).toEqual([0, ''])
    expect(same.stdout).toContain('no difference')
    expect((await run(['first', 'second', '--stage', 'prod', '--exit-code'])).code).toBe(1)
    expect(JSON.parse((await run(['first', 'first', '--stage', 'prod', '--json'])).stdout)).toMatchObject({
      ...{ different: false, schedules: [] },
    })
  })

  it.each([
    ['HEAD at a revision', ['first', 'broken', '--stage', 'prod'], 'broken:config/prod.yml:3:'],
    ['BASE at a revision', ['broken', 'first', '--stage', 'prod'], 'broken:config/prod.yml:3:'],
    ['a file', ['../base.yml', '../broken.yml'], '../broken.yml:3:'],
  ])('exits with 1 where invalid: %s', async (_, args, place) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^${place}\\d+ {2}error {2}schedules\\.orders\\.when: .*33`))
    expect(stderr).toMatch(/\n {4}hint: /)
  })

  it('says so where a stage is new, and compares with nothing', async () => {
    const { code, stdout, stderr } = await run(['first', 'second', '--stage', 'new', ...from])
    expect([code, stderr]).toEqual([
      0,
      'first:config/new.yml does not exist: compared with a stage without schedules\n',
    ])
    expect(stdout).toMatch(
      /^first:config\/new\.yml \(no such file\) → second:config\/new\.yml\n2 schedules added/,
    )
  })

  it.each<[string, string[], RegExp]>([
    ['nothing given', [], /compare what with what\?/],
    ['one only', ['first', '--stage', 'prod'], /compare what with what\?/],
    ['three', ['a.yml', 'b.yml', 'c.yml'], /unexpected "c\.yml"/],
    ['a file that is not there', ['../base.yml', '../nope.yml'], /cannot read \.\.\/nope\.yml: ENOENT/],
    ['a directory', ['../base.yml', './config'], /cannot read \.\/config: EISDIR/],
    ['a revision without a stage', ['first', 'second'], /"first" is no \.yml file\n.*--stage NAME/],
    ['an unknown revision', ['first', 'nope', '--stage', 'prod'], /no git revision "nope"\n.*git fetch/],
    ['a range', ['first..second', 'main', '--stage', 'prod'], /no git revision "first\.\.second"/],
    ['a stage that is nowhere', ['first', 'second', '--stage', 'nope'], /neither in first nor in second/],
    ['a mistyped stage', ['first', 'second', '--stage', 'prodd'], /neither in .*\n.*did you mean "prod"\?/],
    ['a path outside', ['first', 'second', '--config', '../../x.yml'], /git: .*outside repository/],
    ['both names of a stage', ['a', 'b', '--stage', 'x', '--config', 'y.yml'], /both --config and --stage/],
    ['another format', [...['a.yml', 'b.yml'], '--format', 'html'], /no format "html"\n.*text, md/],
    ['no instant', ['../base.yml', '../head.yml', '--from', 'tomorrow'], /--from tomorrow is no instant/],
  ])('exits with 2: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/\n {4}hint: /)
  })

  it.each(['--output=pwned', '-p', '--upload-pack=touch pwned', '--help'])(
    'takes the revision %s for no option of git’s',
    async (revision) => {
      const { code, stderr } = await run(['--stage', 'prod', '--', revision, 'main'])
      expect([code, stderr]).toEqual([2, expect.stringContaining(`no git revision "${revision}"`)])
      expect(await readdir(repository)).not.toContain('pwned')
    },
  )

  it('exits with 2 outside a repository, and without git', async () => {
    const env = { GIT_CEILING_DIRECTORIES: tmpdir() }
    const outside = await tourbillon(['diff', 'a', 'b', '--stage', 'prod'], { cwd: directory, env })
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringMatching(/not a git repository/)])
    const without = await tourbillon(['diff', 'a', 'b', '--stage', 'prod'], {
      ...{ cwd: repository, env: { PATH: '/nonexistent' } },
    })
    expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/git is not installed/)])
  })

  it('changes nothing in the repository', async () => {
    const index = join(repository, '.git/index')
    const state = async () => [
      (await stat(index)).mtimeMs,
      git('rev-parse', 'HEAD'),
      await readdir(repository),
    ]
    const before = await state()
    await run(['first', 'second', '--stage', 'prod'])
    expect(await state()).toEqual(before)
  })
})

describe('what people read', () => {
  const options = { now: '2026-11-27T00:00:00Z' }

  it('is text of 80 columns, what may hurt first', async () => {
    const { code, out } = await runCommand(diff, files(), options)
    expect(code).toBe(0)
    expect(
      out
        .split('\n')
        .slice(1)
        .filter((line) => line.length > 80),
    ).toEqual([])
    const order = [
      'NO SCHEDULE ROTATES THESE',
      '~ orders',
      '+ month-end',
      '- billing',
      'FREEZES',
      'PERMISSIONS',
    ]
    const places = order.map((text) => out.indexOf(text))
    expect(places.every((at) => at > 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(out).toContain(
      `~ orders: changed; 1 lost, 51 moved
    when             cron(0 3 ? * SUN *): at 03:00 every Sunday
                     → cron(30 4 ? * SUN *): at 04:30 every Sunday
    secrets          + prod/orders/reader
    approval         none → answered within 20m
    next             Sun 29 Nov 2026 03:00 Asia/Tokyo, Sat 18:00Z
                     → Sun 29 Nov 2026 04:30 Asia/Tokyo, Sat 19:30Z
    lost 1           1 to freeze year-end
                     Sun 3 Jan 2027 03:00 (Sat 18:00Z)
    moved 51         Sun 29 Nov 2026 03:00 (Sat 18:00Z) → 04:30 (Sat 19:30Z)
`,
    )
  })

  it.each([
    [
      'text',
      /A DEPLOY IS REFUSED\norders\.approval: rule "eyes": an approval[\s\S]*\nRULES\n\+ eyes: added\n {4}schedules +orders\n {4}approval +true/,
    ],
    [
      'md',
      /\*\*⛔ Rules not kept: a deploy is refused\*\*\n- `orders\.approval` [\s\S]*\n\*\*Rules\*\*\n- `eyes` added: .*\*\*approval\*\* `true`/,
    ],
  ])('has rules, and those that are not kept, in %s', async (format, expected) => {
    const ruled = join(directory, 'ruled.yml')
    await writeFile(ruled, `rules: [{ name: eyes, schedules: [orders], approval: true }]\n${BASE}`)
    const { code, out } = await runCommand(diff, [...files().slice(0, 1), ruled, '--format', format], options)
    expect(code).toBe(0)
    expect(out).toMatch(expected)
  })

  it('colours the marks only, on a terminal only', async () => {
    const { out } = await runCommand(diff, files(), { ...options, color: true })
    expect(out).toContain('\u001b[33m~\u001b[0m orders: changed')
    expect((await runCommand(diff, files(), options)).out).not.toContain('\u001b')
  })

  it('is Markdown in which nobody is mentioned, and nothing is markup', async () => {
    const { out } = await runCommand(diff, [...files(), '--format', 'md'], options)
    expect(out).toContain(
      '| `orders` | when, secrets, approval, freeze `year-end` | Sun 29 Nov 2026 03:00 Asia/Tokyo, Sat 18:00Z | Sun 29 Nov 2026 04:30 Asia/Tokyo, Sat 19:30Z | 1 |  | 51 |',
    )
    expect(out).toContain('**reason** `` calm | `quiet` @everyone <b> ``')
    expect(out.replaceAll(/(`+).+?\1(?!`)/g, '')).not.toMatch(/@|<b>/)
    expect(out.match(/<details/g)).toHaveLength(out.match(/<\/details>/g)?.length ?? 0)
  })

  it('fits a comment, whatever changes', async () => {
    const [base, head] = [join(directory, 'many.yml'), join(directory, 'more.yml')]
    const many = yamlOf(424)
    await writeFile(base, many)
    await writeFile(
      head,
      many
        .replaceAll(
          /secrets: \[(.*)\]/g,
          "secrets: [$1, $1/2], before: [{ invoke: x }], when: 'cron(1 1 * * ? *)'",
        )
        .replaceAll(/when: cron\([^)]*\), /g, ''),
    )
    const { code, out } = await runCommand(diff, [base, head, '--format', 'md'], options)
    expect(code).toBe(0)
    expect(out.length).toBeLessThan(65_536)
    expect(out).toMatch(/\*\*No room here\*\* for the details of \d+ schedules: /)
    expect(out.match(/<details/g)).toHaveLength(out.match(/<\/details>/g)?.length ?? 0)
  })
})
