import { CannotDo } from '../model/errors.ts'
import { type GitHub, GitHubRefused } from './github.ts'

/** GitHub takes so many characters. */
export const MOST_COMMENT = 65_536

/** `key` tells this comment from others of ours on the same pull request; `run` is the workflow run, later ones are larger. */
export type Mark = { key: string; run: number }

type Comment = { id: number; body: string }

/** The first line of our comment, which nobody sees; with it, text of that mark. */
export function marked({ key, run }: Mark, text: string): string {
  return `${startOf(key)} run=${run} -->\n${text}`
}

/** `key` is a path and a name: encoded, it cannot end the comment of HTML. */
function startOf(key: string): string {
  return `<!-- aws-tourbillon diff ${encodeURIComponent(key)}`
}

function runOf({ body }: Comment): number {
  return Number(/^<!-- [^>]* run=(\d+) -->/.exec(body)?.[1] ?? 0)
}

/**
 * One comment of ours on a pull request, with what the latest run has to say. Several runs at once, each of which made
 * one, come to the same end, whoever is first: the oldest stays, with the text of the latest run, and the others go. What
 * was written is looked at again, for GitHub has no conditional write: two runs within the same second may still leave
 * the text of either. `isNews` false: where there is none yet, none is made. Throws GitHubRefused, CannotDo.
 */
export async function keepOneComment(
  github: GitHub,
  { thread, mark, text, isNews }: { thread: Thread; mark: Mark; text: string; isNews: boolean },
): Promise<void> {
  const body = marked(mark, text)
  const { login } = await viewer(github)
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const ours = await commentsOf(github, { thread, login, key: mark.key })
    if (ours.length === 0 && !isNews) return
    if (ours.length === 0)
      await github('POST', `${pathOf(thread)}/issues/${thread.number}/comments`, { body })
    else if (!(await settle(github, thread, ours, body))) return
  }
}

const MOST_LOOKS = 4

/** Whether anything was to do. */
async function settle(github: GitHub, thread: Thread, ours: Comment[], body: string): Promise<boolean> {
  const [oldest, ...others] = ours.sort((a, b) => a.id - b.id)
  if (oldest === undefined) return false
  const latest = ours.reduce((a, b) => (runOf(b) > runOf(a) ? b : a), { id: 0, body }).body
  const path = (id: number) => `${pathOf(thread)}/issues/comments/${id}`
  if (oldest.body !== latest) await github('PATCH', path(oldest.id), { body: latest }).catch(unlessGone)
  for (const { id } of others) await github('DELETE', path(id)).catch(unlessGone)
  return oldest.body !== latest || others.length > 0
}

/** A pull request is an issue, too. `repository` is `owner/name`. */
export type Thread = { repository: string; number: number }

function pathOf({ repository }: Thread): string {
  return `/repos/${repository}`
}

type Viewed = { data?: { viewer: { login: string } } | null; errors?: { message: string }[] }

/** Who the token is: `GET /user` is refused to a job's own token, this is not. */
async function viewer(github: GitHub): Promise<{ login: string }> {
  const { body } = await github('POST', '/graphql', { query: '{ viewer { login } }' })
  const { data, errors } = body as Viewed
  if (data) return data.viewer
  throw new CannotDo(`GitHub does not say who the token is: ${errors?.[0]?.message}`)
}

/**
 * Those that this token's owner wrote and that begin with our mark, by their age. What others quote or copy is theirs.
 * Source: docs.github.com, "REST API endpoints for issue comments"; pages by "Using pagination in the REST API".
 */
async function commentsOf(
  github: GitHub,
  { thread, login, key }: { thread: Thread; login: string; key: string },
): Promise<Comment[]> {
  const found: Comment[] = []
  for (let page = 1; ; page++) {
    const path = `${pathOf(thread)}/issues/${thread.number}/comments?per_page=100&page=${page}`
    const { body, last } = await github('GET', path)
    const comments = body as (Comment & { user: { login: string } | null })[]
    found.push(...comments.filter((it) => it.user?.login === login && it.body.startsWith(`${startOf(key)} `)))
    if (last) return found
  }
}

/** Another run was faster. */
function unlessGone(error: unknown): void {
  if (!(error instanceof GitHubRefused) || error.status !== 404) throw error
}
