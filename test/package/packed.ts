import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const ROOT = join(import.meta.dirname, '../..')

export type Packed = { tarball: string; bytes: number; integrity: string; paths: string[] }

/** `npm pack` of a folder, into a new one of its own: its `prepack` builds. */
export async function pack(folder = ROOT, flags: string[] = []): Promise<Packed> {
  const destination = await mkdtemp(join(tmpdir(), 'tourbillon-packed-'))
  const args = ['pack', '--json', '--pack-destination', destination, ...flags]
  const { stdout } = await run('npm', args, { cwd: folder, maxBuffer: 1e8 })
  // What the build says comes before.
  const answer: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)))
  const [made] = Object.values(answer as Record<string, Made>)
  if (made === undefined) throw new Error(`npm pack made nothing: ${stdout}`)
  return {
    tarball: join(destination, made.filename),
    bytes: made.size,
    integrity: made.integrity,
    paths: made.files.map(({ path }) => path),
  }
}

type Made = { filename: string; size: number; integrity: string; files: { path: string }[] }

/** What a tarball holds, unpacked into a new folder. */
export async function unpack({ tarball }: Packed): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tourbillon-unpacked-'))
  await run('tar', ['xzf', tarball, '-C', folder])
  return join(folder, 'package')
}

/** The same package as a later release: its version, and nothing else, differs. */
export async function packAs(version: string, packed: Packed): Promise<Packed> {
  const folder = await unpack(packed)
  const file = join(folder, 'package.json')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), version }))
  return pack(folder, ['--ignore-scripts'])
}

/** What a user has: this machine's npm, its cache and the certificates it trusts, no AWS, nothing of the checkout's. */
export function userEnvironment(env: Record<string, string> = {}): NodeJS.ProcessEnv {
  const mine = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|npm_|INIT_CWD|NODE_(?!EXTRA_CA_CERTS$))/i.test(name),
  )
  return {
    ...Object.fromEntries(mine),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    npm_config_prefer_offline: 'true',
    npm_config_loglevel: 'error',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    ...env,
  }
}
