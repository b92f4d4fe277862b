import { execFile } from 'node:child_process'
import { relative } from 'node:path'
import { promisify } from 'node:util'
import { CannotDo } from '../model/errors.ts'

const run = promisify(execFile)

/**
 * A file as it is at a git revision, of the repository that this directory is in; undefined where there is none of that
 * path. Git only reads: no lock, no fetch, no filter or pager of the user's. `orFile`: whoever asks takes a file in its
 * place, and hears of that. Throws CannotDo.
 */
export async function readAtRevision(
  revision: string,
  path: string,
  { orFile = false } = {},
): Promise<string | undefined> {
  const hints = orFile ? OR_FILE : ALONE
  const commit = await commitOf(revision, hints)
  // `./` makes the path one of this directory, not of the repository's top.
  const here = `./${relative('.', path).replaceAll('\\', '/')}`
  const blob = await git(['rev-parse', '--verify', '--quiet', `${commit}:${here}`], hints)
  return blob === undefined ? undefined : git(['cat-file', 'blob', blob.trim()], hints)
}

async function commitOf(revision: string, hints: Hints): Promise<string> {
  await git(['rev-parse', '--git-dir'], hints)
  // Git has no name that begins so; what does would be an option.
  const commit = revision.startsWith('-')
    ? undefined
    : await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], hints)
  if (commit !== undefined) return commit.trim()
  throw new CannotDo(`no git revision "${revision}"`, {
    hint: hints.find,
  })
}

/** What git prints; undefined where it answers quietly that there is none. */
async function git(args: string[], hints: Hints): Promise<string | undefined> {
  const env = { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' }
  try {
    return (await run('git', args, { env, maxBuffer: 2 ** 27 })).stdout
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 1 && stderr === '') return undefined
    if (code === 'ENOENT') throw new CannotDo('git is not installed', { hint: hints.install, cause: error })
    const [first = ''] = stderr.split('\n')
    throw new CannotDo(`git: ${first.replace(/^fatal: /, '') || String(error)}`, {
      ...{ hint: hints.place, cause: error },
    })
  }
}

type Hints = Record<'find' | 'place' | 'install', string>

const ALONE = {
  find: 'git fetch origin brings what others pushed, fetch-depth: 0 a CI checkout’s history',
  place: 'revisions are those of the repository that this directory is in',
  install: 'install git: it is needed for revisions only',
}

/** Where a file may stand in a revision's place. */
const OR_FILE = {
  find: `${ALONE.find}; a file ends in .yml, or begins with ./`,
  place: `${ALONE.place}; two files need none`,
  install: 'install git, or compare two files: git is needed for revisions only',
}
