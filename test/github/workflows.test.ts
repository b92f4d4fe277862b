import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { githubWorkflow } from '../../src/operate/github-workflow.ts'
import { lintWorkflows, usedActions } from './lint.ts'

const FILES = globSync('.github/workflows/*.yml').sort()
const read = (file: string) => readFileSync(file, 'utf8')
const { scripts } = JSON.parse(read('package.json'))

type Job = { permissions?: Record<string, string>; 'timeout-minutes'?: number; steps: { run?: string }[] }

const jobsOf = (file: string): Job[] => Object.values(parse(read(file)).jobs)

describe('the workflows of this repository', () => {
  it('are well written, as actionlint has it', () => {
    expect(FILES).toEqual([
      '.github/workflows/ci.yml',
      '.github/workflows/nightly.yml',
      '.github/workflows/zones.yml',
    ])
    expect(lintWorkflows(FILES)).toEqual([])
  })

  it('use actions of others by commit, with the release beside it, and their own where they are', () => {
    const used = FILES.flatMap((file) => usedActions(read(file)))
    for (const action of used.filter((it) => it.startsWith('.')))
      expect(existsSync(`${action}/action.yml`), action).toBe(true)
    for (const line of FILES.flatMap((file) => read(file).match(/uses: [^.\s].*/g) ?? []))
      expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('have the actions that init writes for others: whoever updates them here, does it there', () => {
    const known = new Map(
      FILES.flatMap((file) => usedActions(read(file))).map((it) => it.split('@') as [string, string]),
    )
    const written = usedActions(
      githubWorkflow({ stage: 'prod', account: '123456789012', region: 'eu-west-1' }),
    )
    for (const [name = '', commit] of written.map((it) => it.split('@')))
      if (known.has(name)) expect(commit, name).toBe(known.get(name))
  })

  it('run what there is: npm scripts, files of the repository', () => {
    const commands = FILES.flatMap(jobsOf).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
    expect(commands).toContain('.ci/run')
    for (const command of commands) {
      const [, script] = /^npm run (\S+)(?: -- .*)?$/.exec(command) ?? []
      const known = /^npm (ci|install --save-dev \S+)$/.test(command) || (script ?? '') in scripts
      expect(known || existsSync(command.split(' ')[0] ?? ''), command).toBe(true)
    }
  })

  it('may read, and only the jobs that need it may write; each ends by itself', () => {
    for (const file of FILES) {
      expect(parse(read(file)).permissions, file).toEqual({ contents: 'read' })
      for (const job of jobsOf(file)) expect(job['timeout-minutes'], file).toBeGreaterThan(0)
    }
    const rights = FILES.flatMap(jobsOf).map((job) => job.permissions)
    expect(rights.filter(Boolean)).toEqual([
      { contents: 'read', 'pull-requests': 'write' },
      { contents: 'write', 'pull-requests': 'write' },
    ])
  })
})

it('Dependabot leaves moment-timezone to the workflow that makes the table of it', () => {
  const [npm] = parse(read('.github/dependabot.yml')).updates
  expect(npm.ignore).toContainEqual({ 'dependency-name': 'moment-timezone' })
  expect(read('.github/workflows/zones.yml')).toContain('npm install --save-dev moment-timezone@latest')
})

it('each issue form asks something, under ids of its own', () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml').filter((file) => !file.endsWith('/config.yml'))
  expect(forms).toHaveLength(4)
  for (const file of forms) {
    const { name, description, body } = parse(read(file))
    const ids = body.flatMap(({ id }: { id?: string }) => id ?? [])
    expect([typeof name, typeof description, new Set(ids).size], file).toEqual([
      'string',
      'string',
      ids.length,
    ])
    expect(body.some((it: { validations?: { required?: boolean } }) => it.validations?.required)).toBe(true)
  }
})
