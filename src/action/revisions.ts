import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CannotDo } from '../model/errors.ts'
import { fileOf, stagesOf } from './stages.ts'
import type { Step } from './step.ts'

const run = promisify(execFile)

/** What is asked of the event of a pull request. Source: docs.github.com, "Webhook events and payloads". */
export type PullRequest = {
  number: number
  base: { sha: string; repo: { full_name: string } }
  head: { sha: string; repo: { full_name: string } | null }
}

const DEPTH = 'give actions/checkout "fetch-depth: 0", so that what is compared is there'

/**
 * The commit that HEAD is compared with: `base`, or what a pull request would be merged into. Fetched where a shallow
 * clone lacks it. Throws CannotDo.
 */
export async function baseOf(step: Step, pullRequest: PullRequest | undefined): Promise<string> {
  if (step.base !== undefined) return fetched(step, step.base.replace(/^origin\//, ''))
  if (pullRequest === undefined)
    throw new CannotDo('compare with what?', {
      hint: 'this is no pull_request event: add "base: REVISION" to the step\'s with, or "if: github.event_name == \'pull_request\'"',
    })
  const { base, head } = pullRequest
  // What GitHub checks out for a pull request is its merge, even where the clone has nothing before it.
  const commit = (await git(step, ['cat-file', 'commit', 'HEAD'])) ?? ''
  const parents = [...commit.matchAll(/^parent (\w+)$/gm)].map(([, parent]) => parent)
  if (parents.length === 2 && parents[1] === head.sha && parents[0] !== undefined)
    return fetched(step, parents[0])
  // Where the branch itself was checked out, the base has gone on since, and that is not what the branch changes.
  const fork = await git(step, ['merge-base', base.sha, 'HEAD'])
  if (fork !== undefined) return fork.trim()
  throw new CannotDo(`where HEAD and ${base.sha.slice(0, 12)} parted is not in this clone`, { hint: DEPTH })
}

/** Its commit; `origin` has what is not here. */
async function fetched(step: Step, revision: string): Promise<string> {
  const here = async (name: string) =>
    (await git(step, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]))?.trim()
  const found = (await here(revision)) ?? (await here(`origin/${revision}`))
  if (found !== undefined) return found
  const depth = ['--no-tags', '--depth=1', '--quiet', 'origin']
  const came = revision.startsWith('-') ? undefined : await git(step, ['fetch', ...depth, revision])
  const commit = came === undefined ? undefined : await here('FETCH_HEAD')
  if (commit !== undefined) return commit
  throw new CannotDo(`${revision} is not in this clone, and could not be fetched`, { hint: DEPTH })
}

/** The stages whose config is not the same text at both: come and gone ones, too. */
export async function changedStages(step: Step, base: string): Promise<string[]> {
  const [before, after] = [await configsAt(step, base), await configsAt(step, 'HEAD')]
  const asked = step.stage === undefined ? undefined : fileOf(step.stage)
  if (asked !== undefined && !before.has(asked) && !after.has(asked)) stagesOf(step)
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file) && (asked === undefined || file === asked))
    .map((file) => file.slice('config/'.length, -'.yml'.length))
    .sort()
}

/** `config/NAME.yml` and the id of its content; paths begin in the working directory. */
async function configsAt(step: Step, commit: string): Promise<Map<string, string>> {
  const listed = (await git(step, ['ls-tree', '-z', commit, 'config/'])) ?? ''
  return new Map(
    listed.split('\0').flatMap((line) => {
      const [, blob, file] = /^\d+ blob (\w+)\t(config\/.+\.yml)$/s.exec(line) ?? []
      return blob === undefined || file === undefined ? [] : [[file, blob] as const]
    }),
  )
}

/** What it prints; undefined where it says no. */
async function git({ directory, env }: Step, args: string[]): Promise<string | undefined> {
  try {
    // A server that asks for a password would be waited for.
    const quiet = { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' }
    return (await run('git', args, { cwd: directory, env: quiet, maxBuffer: 2 ** 26 })).stdout
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') return undefined
    throw new CannotDo('git is not installed on this runner', { cause: error })
  }
}
