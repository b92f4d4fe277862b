import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { init } from '../../src/cli/init.ts'
import { loadConfig, parseConfig } from '../../src/config/load.ts'
import { createFiles } from '../../src/init/create-files.ts'
import { startLocalAws } from '../../src/local/aws.ts'
import { tourbillon, tourbillonProcess } from '../cli/tourbillon.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((it) => rm(it, { recursive: true })))
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'init-'))
  folders.push(path)
  return path
}

async function filesIn(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((it) => it.isFile())
  const texts = names.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name)
    return [file.slice(path.length + 1), await readFile(file, 'utf8')] as const
  })
  return Object.fromEntries(await Promise.all(texts))
}

const OPTIONS = ['--timezone', 'Europe/Paris', '--account', '123456789012', '--region', 'eu-central-1']
const REPOSITORY = [
  '.github/workflows/tourbillon.yml',
  '.gitignore',
  'README.md',
  'config/prod.yml',
  'package.json',
  'serverless.yml',
]

it('writes a repository whose config is valid at once, and the next commands work as printed', async () => {
  const cwd = await folder()
  const { code, stdout, stderr } = await tourbillonProcess(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect([code, stderr]).toEqual([0, ''])
  expect(Object.keys(await filesIn(cwd)).sort()).toEqual(REPOSITORY)
  const next = stdout.split('Next:\n')[1]?.trim().split(/\n */) ?? []
  expect(next).toEqual([
    'npm install',
    'npx aws-tourbillon validate --stage prod',
    'npx aws-tourbillon next --stage prod',
    'npx serverless deploy --stage prod',
  ])
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  for (const command of next.filter((it) => it.startsWith('npx aws-tourbillon '))) {
    const ended = await tourbillon(command.split(' ').slice(2), { cwd })
    expect(ended.code, command + ended.stderr).toBe(0)
  }
  const strict = await tourbillon(['validate', '--stage', 'prod', '--strict'], { cwd })
  expect(strict.code).toBe(0)
  const loaded = await loadConfig(join(cwd, 'config/prod.yml'))
  expect(loaded).toMatchObject({ settings: { account: '123456789012', region: 'eu-central-1' } })
})

it('asks npm for what the package needs, and the plugin by its name', async () => {
  const cwd = await folder()
  await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  const { 'package.json': manifest = '', 'serverless.yml': serverless = '' } = await filesIn(cwd)
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(JSON.parse(manifest)).toEqual({
    private: true,
    devDependencies: { 'aws-tourbillon': `^${version}`, serverless: 'npm:osls@^4' },
  })
  expect(serverless.split('\n').length).toBeLessThanOrEqual(13)
  expect(serverless).toContain('plugins:\n  - aws-tourbillon\n')
  expect(serverless).toMatch(/^ {2}stage: \$\{opt:stage, 'prod'\}$/m)
})

it('changes nothing that is there, says so, and adds a further stage’s config alone', async () => {
  const cwd = await folder()
  await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  const before = await filesIn(cwd)
  const again = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(again.code).toBe(0)
  expect(again.stdout.match(/^kept /gm)).toHaveLength(REPOSITORY.length)
  expect(await filesIn(cwd)).toEqual(before)

  const other = await tourbillon(['init', '--stage', 'dev', ...OPTIONS, '--json'], { cwd })
  const { files, notes } = JSON.parse(other.stdout)
  expect(files.filter((it: { status: string }) => it.status === 'created')).toEqual([
    { path: 'config/dev.yml', status: 'created' },
  ])
  expect(notes).toEqual([
    '.github/workflows/tourbillon.yml deploys no stage dev: give it a job like the one that is there',
  ])
  const { 'config/dev.yml': dev, ...rest } = await filesIn(cwd)
  expect(rest).toEqual(before)
  expect(dev).toContain('dev/example/db')
})

it('leaves package.json to npm, and .gitignore to people: it says what they lack', async () => {
  const cwd = await folder()
  const theirs = { 'package.json': '{"name":"theirs","devDependencies":{"aws-tourbillon":"file:x.tgz"}}' }
  await writeFile(join(cwd, 'package.json'), theirs['package.json'])
  await writeFile(join(cwd, '.gitignore'), '/node_modules\n.serverless\n')
  const { stdout } = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(await filesIn(cwd)).toMatchObject(theirs)
  expect(stdout).toContain("\n  npm install --save-dev 'serverless@npm:osls@^4'\n")
  expect(stdout).toContain('note: .gitignore lacks .tourbillon/:')

  await writeFile(join(cwd, 'package.json'), '{')
  const broken = await tourbillon(['init', '--stage', 'dev', ...OPTIONS], { cwd })
  expect(broken.code).toBe(2)
  expect(broken.stderr).toMatch(/cannot read package\.json: .*\n +hint: /)
  expect(Object.keys(await filesIn(cwd))).not.toContain('config/dev.yml')
})

it.each(['.gitignore', 'config/prod.yml', '.github/workflows/tourbillon.yml'])(
  'says which file stands in its way, and leaves no drafts: %s',
  async (path) => {
    const cwd = await folder()
    await mkdir(join(cwd, path), { recursive: true })
    const { code, stderr } = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^tourbillon: cannot read .*\n +hint: move it out of the way/)
    expect(stderr).toContain(`cannot read ${path}: `)
    await rm(join(cwd, path), { recursive: true })
    await symlink(join(cwd, 'nowhere/at-all'), join(cwd, path))
    const linked = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
    expect([linked.code, linked.stderr]).toEqual([2, expect.stringContaining(`cannot read ${path}: `)])
    expect(await readdir(cwd)).not.toContain('.tourbillon')
  },
)

it('leaves no drafts where it cannot write', async () => {
  const cwd = await folder()
  await writeFile(join(cwd, 'config'), '')
  const { code } = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(code).toBe(2)
  expect(await readdir(cwd)).not.toContain('.tourbillon')
})

it('in a folder of a larger repository, says where GitHub would read the workflow', async () => {
  const above = await realpath(await folder())
  await mkdir(join(above, '.git'))
  const cwd = join(above, 'infra/rotation')
  await mkdir(cwd, { recursive: true })
  const notes = async () =>
    JSON.parse((await tourbillon(['init', '--stage', 'prod', ...OPTIONS, '--json'], { cwd })).stdout).notes
  expect(await notes()).toEqual([
    `GitHub reads workflows only in ${above}/.github: move .github/workflows/tourbillon.yml there, with infra/rotation as working-directory (node_modules/aws-tourbillon/docs/github.md)`,
  ])
  await mkdir(join(cwd, '.git'))
  await rm(join(cwd, '.github'), { recursive: true })
  expect(await notes()).toEqual([])
})

it('has nothing to install where all is installed', async () => {
  const cwd = await folder()
  await mkdir(join(cwd, 'node_modules/serverless'), { recursive: true })
  await symlink(resolve('.'), join(cwd, 'node_modules/aws-tourbillon'))
  const { stdout } = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(stdout).toContain('Next:\n  npx aws-tourbillon validate --stage prod\n')
})

it('takes account and region from whoever asks', async () => {
  const cwd = await folder()
  const aws = await startLocalAws()
  try {
    const { stdout } = await tourbillon(['init', '--json'], { cwd, env: aws.env })
    const { region } = JSON.parse(stdout)
    expect(JSON.parse(stdout)).toMatchObject({ stage: 'dev', account: expect.any(String), notes: [] })
    expect(region).toBe(aws.env.AWS_REGION)
  } finally {
    await aws.stop()
  }
})

it('leaves open what nobody knows, and says where to write it', async () => {
  const cwd = await folder()
  const unknown = await tourbillon(['init', '--stage', 'prod'], { cwd })
  expect(unknown.code).toBe(0)
  expect(unknown.stdout).toContain(
    'note: the account of stage prod is not known: write account under stage: in config/prod.yml',
  )
  const files = await filesIn(cwd)
  // A role of which account? The workflow waits for an answer.
  expect(Object.keys(files)).not.toContain('.github/workflows/tourbillon.yml')
  expect(unknown.stdout).toContain(
    'npx aws-tourbillon init --stage prod again with --account ID and --region NAME',
  )
  expect(parseConfig('config/prod.yml', files['config/prod.yml'] ?? '').ok).toBe(true)

  const later = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(later.stdout).toContain('created  .github/workflows/tourbillon.yml')
  expect(later.stdout).toContain(
    'note: config/prod.yml lacks 123456789012: write account under stage: in config/prod.yml',
  )
})

it('asks on a terminal for what no option says, until the answer can be', async () => {
  const cwd = await folder()
  const answers = ['prod', 'Europe/Pari', 'Europe/Paris', '12', '123456789012', '']
  const [asked, told, there]: [string[], string[], string] = [[], [], process.cwd()]
  process.chdir(cwd)
  try {
    const code = await init.run(
      { values: {}, positionals: [] },
      {
        ...{ out: () => {}, room: async () => {}, err: (text: string) => void told.push(text) },
        ...{ color: false, isTTY: true, errIsTTY: true, columns: 80, env: {}, now: Date.now },
        ask: async (question: string) => {
          asked.push(question)
          return answers.shift()
        },
      },
    )
    expect(code).toBe(0)
  } finally {
    process.chdir(there)
  }
  expect(asked.map((it) => it.replace(/ \[.*/, ''))).toEqual([
    'Stage',
    'Time zone of its schedules',
    'Time zone of its schedules',
    'AWS account',
    'AWS account',
    'Region',
  ])
  expect(told).toEqual([
    expect.stringMatching(/^"Europe\/Pari" is no time zone: .*Europe\/Paris/),
    '"12" is no account’s id: 12 digits\n',
  ])
  const { 'config/prod.yml': config } = await filesIn(cwd)
  expect(config).toContain('timezone: Europe/Paris')
  expect(config).toContain("account: '123456789012'\n")
})

it('writes nothing where the questions are ended', async () => {
  const asked = init.run(
    { values: {}, positionals: [] },
    {
      ...{ out: () => {}, room: async () => {}, err: () => {} },
      ...{ color: false, isTTY: true, errIsTTY: true, columns: 80, env: {}, now: Date.now },
      ask: async () => undefined,
    },
  )
  await expect(asked).rejects.toThrow('nothing was written')
})

it.each([
  [['--stage', '../x'], /--stage \.\.\/x is no stage’s name\n +hint: up to 32 letters/],
  [['--timezone', 'CET+1'], /--timezone CET\+1 is no time zone\n +hint: /],
  [['--account', '1234'], /--account 1234 is no account’s id\n +hint: 12 digits/],
  [['--region', 'Frankfurt'], /--region Frankfurt is no region\n +hint: /],
  [['--config', 'x.yml'], /init takes no --config\n +hint: --stage NAME/],
  [['prod'], /unexpected "prod"\n +hint: did you mean --stage prod\?/],
])('refuses %s, and writes nothing', async (args, message) => {
  const cwd = await folder()
  const { code, stdout, stderr } = await tourbillon(['init', ...args], { cwd })
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)])
  expect(await filesIn(cwd)).toEqual({})
})

it('completes what was left half-way: a file is whole or not there', async () => {
  const cwd = await folder()
  await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  const whole = await filesIn(cwd)
  // Killed within any file: those before it are whole, of that one there is a part in a place that git ignores.
  const draft = '.tourbillon/0b1c'
  await mkdir(join(cwd, '.tourbillon'))
  const paths = ['package.json', 'serverless.yml', '.gitignore', 'README.md', 'config/prod.yml']
  for (const [index, path] of paths.entries()) {
    for (const later of paths.slice(index)) await rm(join(cwd, later))
    await writeFile(join(cwd, draft), `half of ${path}`)
    const again = await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
    expect(again.code).toBe(0)
    expect(await filesIn(cwd)).toEqual({ ...whole, [draft]: `half of ${path}` })
  }
})

it('is killed at any moment, and leaves no part of a file', async () => {
  const [cwd, other] = [await folder(), await folder()]
  await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd: other })
  const whole = await filesIn(other)
  for (let limitMs = 90; limitMs < 330; limitMs += 20) {
    const { code } = await tourbillonProcess(['init', '--stage', 'prod', ...OPTIONS], { cwd, limitMs })
    for (const [path, text] of Object.entries(await filesIn(cwd)))
      if (!path.startsWith('.tourbillon/')) expect(text, path).toBe(whole[path])
    if (code === 0) break
  }
  await tourbillon(['init', '--stage', 'prod', ...OPTIONS], { cwd })
  expect(await filesIn(cwd)).toMatchObject(whole)
})

it('does not replace what somebody else writes meanwhile', async () => {
  const root = await folder()
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, n) => createFiles(root, [{ path: `a/b.txt`, text: `${n}` }])),
  )
  expect(made.flat().filter(({ status }) => status === 'created')).toHaveLength(1)
  expect(Object.keys(await filesIn(root))).toEqual(['a/b.txt'])
})
