import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stage, startStage } from './stage.ts'

let on: Stage
let directory: string
beforeAll(async () => {
  on = await startStage(
    'beside',
    'schedules:\n  one: { when: cron(0 3 ? * SUN *), timezone: UTC, secrets: [app/one] }\n',
  )
  directory = await mkdtemp(join(tmpdir(), 'beside-'))
})
afterAll(async () => {
  await on.stop()
  await rm(directory, { recursive: true })
})

const ONE = ['--secret', 'app/one']

it.each([
  ['hold', '--list', ['--all']],
  ['hold', '--list', ['--schedule', 'one']],
  ['hold', '--list', ONE],
  ['hold', '--list', ['--reason', 'incident']],
  ['hold', '--list', ['--until', '2040-01-01T00:00:00Z']],
  ['approve', '--list', ['--reason', 'x']],
  ['cancel', '--list', ['--reason', 'x']],
  ['run', '--dry-run', ['--wait'], ONE],
  ['run', '--dry-run', ['--no-wait'], ONE],
  ['run', '--dry-run', ['--inline'], ONE],
  ['run', '--inline', ['--wait'], ONE],
  ['run', '--inline', ['--no-wait'], ONE],
  ['run', '--wait', ['--no-wait'], ONE],
  ['calendar', '--ics=-', ['--json']],
  ['report', '--json', ['--format', 'csv'], ['--from', '2026-01-01']],
  ['diff', '--json', ['--format', 'md'], ['HEAD', 'HEAD']],
  ['permissions', '--json', ['--document', '1'], ['auditor']],
  ['verify', '--remove', ['--minutes', '5']],
] as [string, string, string[], string[]?][])(
  '%s %s refuses what would change nothing beside it: %j',
  async (command, option, beside, more = []) => {
    const before = on.aws.calls.length
    const { code, stdout, stderr } = await on.run(command, ...more, option, ...beside)
    const [given] = option.split('=')
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringContaining(`${beside[0]} says nothing beside ${given}\n`),
    ])
    expect(on.aws.calls).toHaveLength(before)
  },
)

it.each([
  [['explain', 'rate(7 days)', '--start', '2026-01-01T00:00:00Z'], '--start says nothing without --timezone'],
  [['permissions', 'auditor', '--stack', 'x'], '--stack says nothing of auditor'],
])('%j is refused', async (args, words) => {
  const { code, stderr } = await on.run(...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
})

it('a report is written beside whatever is there, and leaves nothing else behind', async () => {
  const file = join(directory, 'q4.md')
  await writeFile(`${file}.part`, 'mine')
  const { code } = await on.run('report', '--from', '2026-01-01', '--out', file)
  expect(code).toBe(0)
  expect(await readFile(`${file}.part`, 'utf8')).toBe('mine')
  expect((await readdir(directory)).toSorted()).toEqual(['q4.md', 'q4.md.part'])
})

it('where a report cannot go is known before anybody is asked whether to verify', async () => {
  const { code, stderr } = await on.run('verify', '--report', join(directory, 'none', 'facts.md'))
  expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot write .*facts\.md: there is no folder/)])
  expect(stderr).not.toContain('nobody is there to ask')
})
