import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { startLocalAws } from '../../src/local/aws.ts'
import { bareEnvironment } from '../cli/tourbillon.ts'
import { DEEP } from '../deep.ts'
import { openJob } from './job.ts'
import { recordedGitHub } from './recorded-github.ts'

let job: ReturnType<typeof openJob>
let github: Awaited<ReturnType<typeof recordedGitHub>>
beforeEach(async () => {
  job = openJob()
  github = await recordedGitHub()
})
afterEach(async () => {
  job.close()
  await github.close()
})

const config = (hour: number) =>
  `defaults: { timezone: Europe/Paris, window: 30m }
schedules:
  orders: { when: cron(0 ${hour} * * ? *), secrets: [prod/orders/db] }
`
const INVALID = `schedules:
  orders: { when: cron(0 3 * * * *), secrets: [a], timezone: Mars/Base }
`

describe('validate', () => {
  it('puts every error on its line, and fails the step', async () => {
    job.commit({ 'config/dev.yml': config(3), 'config/prod.yml': INVALID })
    const { code, log, summary } = await job.run({ command: 'validate' })
    expect(code).toBe(1)
    expect(log).toMatch(/^config\/dev.yml: valid/m)
    expect(log).toMatch(
      /^::error file=config\/prod\.yml,line=2,col=\d+,title=schedules\.orders\.when::.*%0Ahint: /m,
    )
    expect(log).toMatch(/^::error file=config\/prod\.yml,line=2,col=\d+,title=schedules\.orders\.timezone::/m)
    expect(summary).toContain('| `error` | `config/prod.yml:2:')
  })

  it('names files from the top of the repository, wherever the folder is', async () => {
    job.commit({ 'infra/rotation/config/prod.yml': INVALID })
    const { log } = await job.run({ command: 'validate', 'working-directory': 'infra/rotation' })
    expect(log).toMatch(/^::error file=infra\/rotation\/config\/prod\.yml,line=2/m)
  })

  it('shows ten, and has the rest in the log and the summary', async () => {
    const bad = Array.from(
      { length: 25 },
      (_, i) => `  s${i}: { when: cron(0 3 * * ? *), secrets: [a${i}], window: 2 hours }`,
    )
    job.commit({ 'config/prod.yml': `defaults: { timezone: UTC }\nschedules:\n${bad.join('\n')}\n` })
    const { log, summary } = await job.run({ command: 'validate' })
    expect(log.match(/^::error /gm)).toHaveLength(10)
    expect(log).toContain("::notice title=Tourbillon::15 more are in the step's summary and in its log")
    expect(summary.match(/^\| `error` /gm)).toHaveLength(25)
  })

  it('fails for a warning where it is strict', async () => {
    job.commit({ 'config/prod.yml': config(3).replace('Europe/Paris', 'EST') })
    expect((await job.run({ command: 'validate' })).code).toBe(0)
    const { code, log } = await job.run({ command: 'validate', strict: 'true' })
    expect(code).toBe(1)
    expect(log).toMatch(/^::error file=config\/prod\.yml/m)
  })

  it('lets nothing that a config says be a command to the runner', async () => {
    job.commit({
      'config/prod.yml': `schedules:\n  "x\\n::error::owned": { when: cron(0 3 * * ? *), secrets: [a] }\n`,
    })
    const { log } = await job.run({ command: 'validate' })
    expect(log).not.toMatch(/^::error::owned/m)
  })
})

it.each(['x\n::error::owned', '::error::owned', 'x ##[error]owned'])(
  'lets no name of a file or folder be a command to the runner: %j',
  async (owned) => {
    const base = job.commit({ 'README.md': 'words' })
    job.commit({ [`config/${owned}.yml`]: config(3), [`${owned}/config/prod.yml`]: config(3) })
    for (const command of ['validate', 'diff'])
      for (const folder of ['.', owned]) {
        const { log } = await job.run({ command, base, 'working-directory': folder })
        expect(log).toMatch(/owned|prod/)
        expect(withoutLiteral(log)).not.toMatch(/^(?!::(error|warning) ).*(::error::owned|##\[error\])/m)
      }
  },
)

/** What the runner looks for commands in. */
function withoutLiteral(log: string): string {
  return log.replaceAll(/^::stop-commands::(\S+)\n.*?\n::\1::\n/gms, '')
}

describe('diff', () => {
  const pull = (base: string, head: string, fork = false) =>
    job.event({
      pull_request: {
        number: 7,
        base: { sha: base, repo: { full_name: 'acme/secrets' } },
        head: { sha: head, repo: { full_name: fork ? 'stranger/secrets' : 'acme/secrets' } },
      },
    })
  const diff = (more: Record<string, string> = {}) =>
    job.run({ command: 'diff', 'github-token': 'job-token' }, { GITHUB_API_URL: github.url, ...more })

  it('of a pull request is one comment, updated with each push', async () => {
    const base = job.commit({ 'config/prod.yml': config(3), 'config/dev.yml': config(5) })
    pull(base, job.commit({ 'config/prod.yml': config(4) }))
    const first = await diff()
    expect(first).toMatchObject({ code: 0, output: 'different=true\n' })
    expect(first.summary).toContain('### Rotations: ')
    pull(base, job.commit({ 'config/prod.yml': config(6) }))
    await diff({ GITHUB_RUN_ID: '2' })
    expect(github.comments).toHaveLength(1)
    const [{ body } = { body: '' }] = github.comments
    expect(body).toContain('06:00')
    expect(body).not.toContain('Europe/Paris 04:00')
    expect(body).toContain('/acme/secrets/actions/runs/2)')
    pull(base, job.commit({ 'config/prod.yml': config(3) }))
    await diff({ GITHUB_RUN_ID: '3' })
    expect(github.comments[0]?.body).toContain('### Rotations: nothing changes')
  })

  it('has what a rehearsal finds that is new, and what is gone', async () => {
    const approved = config(3).replace(/secrets:/, 'approval: {}, secrets:')
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': approved }))
    const { code, summary } = await diff()
    expect(code).toBe(0)
    expect(summary).toMatch(/\*\*Rehearsal of `prod`: 1 finding, 1 new since `[0-9a-f]{12}`\*\*/)
    expect(summary).toContain('- new: **nobody-answers** `schedules.')
    expect(github.comments[0]?.body).toContain('**nobody-answers**')
    // As `diff`, it looks at what is committed, not at what an earlier step has made of the checkout.
    job.write('config/prod.yml', config(3))
    expect((await diff()).summary).toContain('- new: **nobody-answers** `schedules.')
    pull(base, job.commit({ 'config/prod.yml': config(4) }))
    job.write('config/prod.yml', approved)
    expect((await diff()).summary).toMatch(/\*\*Rehearsal of `prod`: nothing found\*\*/)
    job.write('config/prod.yml', config(4))
  })

  it('that changes nothing is no comment', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'README.md': 'words' }))
    expect(await diff()).toMatchObject({ code: 0, output: 'different=false\n' })
    expect(github.comments).toEqual([])
  })

  it('of a fork stands in the summary alone, and fails nothing', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': config(4) }), true)
    github.fault(/^POST .*comments/, {
      status: 403,
      body: '{"message":"Resource not accessible by integration"}',
    })
    const { code, log, summary } = await diff()
    expect(code).toBe(0)
    expect(log).toContain("::notice title=Tourbillon::No comment, for a fork's token may only read")
    expect(summary).toContain('### Rotations: ')
  })

  it('without the permission says which line gives it', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': config(4) }))
    github.fault(/^POST .*comments/, {
      status: 403,
      body: '{"message":"Resource not accessible by integration"}',
    })
    const { code, log } = await diff()
    expect(code).toBe(0)
    expect(log).toContain('hint: give the job "permissions: { contents: read, pull-requests: write }"')
  })

  it.runIf(DEEP)(
    'of more than a comment holds says where the rest is',
    async () => {
      const many = (hour: number) =>
        Object.fromEntries(
          Array.from({ length: 2 }, (_, i) => [
            `config/s${i}.yml`,
            `defaults: { timezone: UTC }\nschedules:\n${Array.from({ length: 240 }, (_, n) => `  schedule-number-${n}: { when: cron(${n % 60} ${hour} * * ? *), secrets: [prod/some/long/name/of/a/secret/${i}/${n}] }`).join('\n')}\n`,
          ]),
        )
      const base = job.commit(many(3))
      pull(base, job.commit(many(4)))
      const { code } = await diff()
      expect(code).toBe(0)
      expect(github.comments).toHaveLength(1)
      expect(github.comments[0]?.body.length).toBeLessThanOrEqual(65_536)
      expect(github.comments[0]?.body).toContain('What has no room here stands in the summary of the run.')
    },
    180_000,
  )

  it('that GitHub finds too long all the same says where the whole is', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': config(4) }))
    github.fault(/^POST .*comments/, {
      status: 422,
      body: '{"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data","message":"Body is too long (maximum is 65536 characters)"}],"status":"422"}',
    })
    expect((await diff()).code).toBe(0)
    expect(github.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('stands in the summary of the run'),
    ])
  })

  it('of a pull request that the token does not see (404) stands in the summary', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': config(4) }))
    github.fault(/^GET .*comments/, { status: 404, body: '{"message":"Not Found","status":"404"}' })
    const { code, log, summary } = await diff()
    expect([code, log]).toEqual([0, expect.stringContaining('No comment: GitHub answered 404: Not Found')])
    expect(summary).toContain('### Rotations: ')
  })

  it('fails where the change makes the config invalid', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    pull(base, job.commit({ 'config/prod.yml': INVALID }))
    const { code, log } = await diff()
    expect(code).toBe(1)
    expect(log).toMatch(/::error .*config\/prod\.yml is invalid/)
    expect(github.comments[0]?.body).toContain('cannot be compared')
  })

  it('compares a shallow clone of the merge, and fetches what it lacks', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    job.git('checkout', '-q', '-b', 'change')
    const head = job.commit({ 'config/prod.yml': config(4) })
    job.git('checkout', '-q', 'main')
    job.git('merge', '-q', '--no-ff', '-m', 'merge', 'change')
    job.git('config', 'uploadpack.allowAnySHA1InWant', 'true')
    const clone = mkdtempSync(join(tmpdir(), 'tourbillon-shallow-'))
    execFileSync('git', ['clone', '-q', '--depth=1', `file://${job.workspace}`, join(clone, 'w')])
    execFileSync('ln', ['-s', join(job.workspace, 'node_modules'), join(clone, 'w/node_modules')])
    pull(base, head)
    const { code, summary } = await diff({ GITHUB_WORKSPACE: join(clone, 'w') })
    expect(code).toBe(0)
    expect(summary).toContain('### Rotations: ')
  })

  it('of a branch in a shallow clone says what to write', async () => {
    const base = job.commit({ 'config/prod.yml': config(3) })
    job.commit({ 'config/prod.yml': config(4) })
    const clone = mkdtempSync(join(tmpdir(), 'tourbillon-shallow-'))
    execFileSync('git', ['clone', '-q', '--depth=1', `file://${job.workspace}`, join(clone, 'w')])
    pull(base, 'f'.repeat(40))
    const { code, log } = await diff({ GITHUB_WORKSPACE: join(clone, 'w') })
    expect(code).toBe(1)
    expect(log).toContain('give actions/checkout "fetch-depth: 0"')
  })
})

describe('plan and deploy', () => {
  it('need a stage', async () => {
    job.commit({ 'config/prod.yml': config(3) })
    for (const command of ['plan', 'deploy']) {
      const { code, log } = await job.run({ command })
      expect([code, log]).toEqual([1, expect.stringContaining('"stage: NAME" (config/NAME.yml)')])
    }
  })

  it('plan says in the summary what a deploy would change, and whether anything', async () => {
    job.commit({ 'config/prod.yml': config(3) })
    const aws = await startLocalAws()
    try {
      const there = { AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
      const inputs = { command: 'plan', stage: 'prod' }
      const { code, summary, output } = await job.run(inputs, { ...there, AWS_REGION: 'eu-central-1' })
      expect([code, output]).toEqual([0, 'different=true\n'])
      expect(summary).toMatch(/^### Plan of `prod`\n\n```text\n\+ orders\n/)
    } finally {
      await aws.stop()
    }
  })

  it('plan of an invalid config is none', async () => {
    job.commit({ 'config/prod.yml': INVALID })
    const { code, log, output } = await job.run({ command: 'plan', stage: 'prod' })
    expect([code, output]).toEqual([1, ''])
    expect(log).toContain('plan of prod could not be made: config/prod.yml:2:')
  })

  it('without credentials say what the job lacks', async () => {
    job.commit({ 'config/prod.yml': config(3) })
    const { code, log } = await job.run({ command: 'plan', stage: 'prod' }, { AWS_REGION: 'eu-west-1' })
    expect(code).toBe(1)
    expect(log).toContain('aws-actions/configure-aws-credentials with role-to-assume')
  })

  it('deploy runs the serverless of the lockfile, and ends as it ends', async () => {
    job.commit({ 'config/prod.yml': config(3) })
    job.write('node_modules/serverless/package.json', '{ "bin": { "serverless": "run.cjs" } }')
    job.write(
      'node_modules/serverless/run.cjs',
      `console.log('deploying', process.argv.slice(2).join(' '), process.env['INPUT_GITHUB-TOKEN'] ?? 'no token')
       console.log('::error::not ours')
       process.exitCode = process.argv[3] === '--stage=prod' ? 0 : 1`,
    )
    const good = await job.run({ command: 'deploy', stage: 'prod', 'github-token': 'job-token' })
    expect(good).toMatchObject({ code: 0, summary: 'Deployed `prod`.\n\n' })
    expect(good.log).toMatch(
      /^::stop-commands::(\S+)\ndeploying deploy --stage=prod no token\n::error::not ours\n\n::\1::\n/,
    )
    const bad = await job.run({ command: 'deploy', stage: 'dev' })
    expect(bad.code).toBe(1)
    expect(bad.log).toContain('serverless deploy --stage dev ended with 1')
  })
})

describe('the step', () => {
  it.each([
    [{ command: 'deplyo' }, 'no command "deplyo"%0Ahint: write one of validate, diff, plan, deploy'],
    [{ command: 'validate', stage: 'pord' }, 'there is no config/pord.yml'],
    [{ command: 'validate', 'working-directory': 'infra' }, 'there is no folder infra'],
    [{ command: 'validate', strict: 'yes' }, 'write true or false'],
    [{ command: 'diff' }, "if: github.event_name == 'pull_request'"],
  ])('says what is wrong with %o', async (inputs, said) => {
    job.commit({ 'config/prod.yml': config(3) })
    const { code, log } = await job.run(inputs as unknown as Record<string, string>)
    expect([code, log]).toEqual([1, expect.stringContaining(said)])
  })

  it('without npm ci says so', async () => {
    job.commit({ 'config/prod.yml': config(3) })
    const { log } = await job.run({ command: 'validate' }, { GITHUB_WORKSPACE: bare() })
    expect(log).toContain('aws-tourbillon is not installed')
    expect(log).toContain('npm ci')
  })

  it('starts where nothing of npm is beside it, as in a checkout of the action alone', () => {
    const alone = mkdtempSync(join(tmpdir(), 'tourbillon-alone-'))
    for (const part of ['package.json', 'bin', 'src/action', 'src/model', 'src/config'])
      cpSync(part, join(alone, part), { recursive: true })
    const pins = "stage: { account: '123456789012', region: eu-central-1 }"
    job.commit({ 'config/prod.yml': `${pins}\n${config(3)}` })
    const log = execFileSync(process.execPath, [join(alone, 'bin/action.js')], {
      env: bareEnvironment({ GITHUB_WORKSPACE: job.workspace, INPUT_COMMAND: 'validate' }),
      encoding: 'utf8',
    })
    rmSync(alone, { recursive: true })
    expect(log).toContain('\nconfig/prod.yml: valid\n')
  })

  it('has the inputs of action.yml, and no other', () => {
    const { inputs, runs } = parse(readFileSync('action.yml', 'utf8'))
    const source = ['step.ts', 'action.ts'].map((name) => readFileSync(`src/action/${name}`, 'utf8')).join()
    const read = [...source.matchAll(/input\('([\w-]+)'\)|INPUT_(COMMAND)/g)].map(
      ([, a, b = '']) => a ?? b.toLowerCase(),
    )
    expect(new Set(read)).toEqual(new Set(Object.keys(inputs)))
    expect(runs.main).toBe('bin/action.js')
  })
})

/** A clone in which nothing was installed. */
function bare(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tourbillon-bare-'))
  execFileSync('cp', ['-r', join(job.workspace, 'config'), folder])
  return folder
}
