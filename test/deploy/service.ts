import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Resource } from '../../src/deploy/template.ts'

const ROOT = join(import.meta.dirname, '../..')
const OSLS = join(
  dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
  'bin/serverless.js',
)

export type Ended = { code: number; stdout: string; stderr: string; seconds: number }

/** This project in a directory of its own, with other configs: runs beside it can neither see nor disturb it. */
export type Service = {
  directory: string
  writeConfig(stage: string, text: string): Promise<void>
  /** `npx serverless …`, in an environment that holds only what is given. */
  serverless(args: string[], env?: Record<string, string>): Promise<Ended>
  /** `npx aws-tourbillon …`, likewise. */
  tourbillon(args: string[], env?: Record<string, string>): Promise<Ended>
  remove(): Promise<void>
}

/** `edit`: of its serverless.yml. */
export async function serviceCopy(edit = (text: string) => text): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-service-'))
  await mkdir(join(directory, 'config'))
  const own = await readFile(join(ROOT, 'serverless.yml'), 'utf8')
  await writeFile(join(directory, 'serverless.yml'), edit(own))
  for (const name of ['package.json', 'src', 'handlers', 'node_modules']) {
    await symlink(join(ROOT, name), join(directory, name))
  }
  const run = (script: string, args: string[], env: Record<string, string> = {}) =>
    node([script, ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, AWS_REGION: 'eu-central-1', ...env },
    })
  return {
    directory,
    writeConfig: (stage, text) => writeFile(join(directory, 'config', `${stage}.yml`), text),
    serverless: (args, env) => run(OSLS, args, env),
    tourbillon: (args, env) => run(join(ROOT, 'src/cli/main.ts'), args, env),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

function node(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Ended> {
  const began = performance.now()
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { ...options, timeout: 600_000, maxBuffer: 1e8 },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : Number(error.code ?? 1),
          stdout,
          stderr,
          seconds: (performance.now() - began) / 1000,
        }),
    )
  })
}

type Template = { Resources: Record<string, Resource>; Outputs: Record<string, unknown> }

export type Packaged = Ended & {
  /** Absent where nothing was packaged. */
  template?: Template
}

/** What `serverless package` has made. */
export async function templateIn({ directory }: Service): Promise<Template> {
  return JSON.parse(
    await readFile(join(directory, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
  )
}

/** The real `serverless package` of a stage: offline, without credentials, or a home to find any in. */
export async function serverlessPackage(stage: string, config: string): Promise<Packaged> {
  const service = await serviceCopy()
  try {
    await service.writeConfig(stage, config)
    const ended = await service.serverless(['package', '--stage', stage])
    const template = await templateIn(service).catch(() => undefined)
    return { ...ended, ...(template && { template }) }
  } finally {
    await service.remove()
  }
}
