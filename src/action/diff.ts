import { relative } from 'node:path'
import { codeSpan } from '../model/text.ts'
import { annotation, literally } from './annotations.ts'
import { keepOneComment, type Mark, MOST_COMMENT, marked } from './comment.ts'
import { fenced } from './fenced.ts'
import { GitHubRefused, openGitHub } from './github.ts'
import { baseOf, changedStages, type PullRequest } from './revisions.ts'
import { eventOf, output, type Step, summarize } from './step.ts'
import { tourbillon } from './tool.ts'

/** What a stage's config changes: Markdown, where it changes anything. `wrong`: HEAD's is invalid. */
type Section = { stage: string; markdown: string; wrong: boolean }

/** Which rotations a change gains, loses or moves: in the summary, and as one comment on its pull request. */
export async function diff(step: Step): Promise<boolean> {
  const { pull_request: pullRequest } = eventOf(step) as { pull_request?: PullRequest }
  const base = await baseOf(step, pullRequest)
  const sections: Section[] = []
  const waited = { ms: 0 }
  await literally(step, async () => {
    for (const stage of await changedStages(step, base)) {
      const section = await compared(step, base, stage, waited)
      if (section !== undefined) sections.push(section)
      step.out(
        `${stage}: ${section === undefined ? 'no rotation changes' : 'see the summary of this step'}\n`,
      )
    }
  })
  output(step, 'different', sections.length > 0)
  for (const { markdown } of sections) summarize(step, markdown)
  if (sections.length === 0) summarize(step, `${NO_CHANGE}\n`)
  if (pullRequest !== undefined) await tell(step, pullRequest, sections)
  for (const { stage } of sections.filter(({ wrong }) => wrong))
    step.out(annotation('error', `config/${stage}.yml is invalid: the step's summary has its errors`))
  return sections.every(({ wrong }) => !wrong)
}

const NO_CHANGE = '### Rotations: nothing changes'

async function compared(
  step: Step,
  base: string,
  stage: string,
  waited: Waited,
): Promise<Section | undefined> {
  const short = base.slice(0, 12)
  const args = ['diff', short, 'HEAD', `--stage=${stage}`, '--format=md', '--exit-code']
  const { code, out, err } = await tourbillon(step, args)
  if (code === 0) return undefined
  if (code === 1 && out !== '')
    return { stage, markdown: `${out}${await rehearsed(step, short, stage, waited)}`, wrong: false }
  const markdown = `### Rotations of ${codeSpan(stage)} cannot be compared\n\n${fenced(err)}\n`
  // What is wrong in the base only, this change may be about to mend.
  return { stage, markdown, wrong: code !== 1 || /^HEAD:/m.test(err) }
}

/** A pull request waits no longer for its rehearsals, all stages together: ms. */
const MOST_MS = 60_000

type Waited = { ms: number }

/** What a year of the stage finds, in a few lines; nothing where the repository's release cannot say so. */
async function rehearsed(step: Step, base: string, stage: string, waited: Waited): Promise<string> {
  // What `diff` compares, whatever steps before this one have made of the checkout.
  const args = ['rehearse', `--stage=${stage}`, '--offline', '--summary', `--base=${base}`, '--head=HEAD']
  const [began, left] = [Date.now(), MOST_MS - waited.ms]
  if (left <= 0) return ''
  const { code, out, err } = await tourbillon(step, args, left)
  waited.ms += Date.now() - began
  if (code < 2 && out !== '') return `\n${out}`
  // The release before has no such command; what else went wrong is in the log.
  if (!/no command/.test(err)) step.out(`${stage}: no rehearsal: ${err.trim() || 'it took too long'}\n`)
  return ''
}

/** A token that may only read, as a fork's is, is no failure: the summary has it all. */
async function tell(step: Step, pullRequest: PullRequest, sections: Section[]): Promise<void> {
  const { env, token, stage = '' } = step
  const { GITHUB_WORKSPACE: workspace = step.directory, GITHUB_RUN_ID: run = '0' } = env
  const repository = env.GITHUB_REPOSITORY ?? pullRequest.base.repo.full_name
  const mark = { key: `${relative(workspace, step.directory)}:${stage}`, run: Number(run) }
  const thread = { repository, number: pullRequest.number }
  const isNews = sections.length > 0
  const end = endOf(step, pullRequest, repository)
  if (token === undefined) {
    step.out(annotation('notice', 'no github-token: no comment is written, the summary of this step has it'))
    return
  }
  const github = openGitHub(env, token)
  const keep = (text: string) => keepOneComment(github, { thread, mark, text, isNews })
  try {
    await keep(textOf(sections, end, mark)).catch((error) => {
      if (!(error instanceof GitHubRefused) || error.status !== 422) throw error
      return keep(`### Rotations change\n\n${NO_ROOM}\n\n${end}`)
    })
  } catch (error) {
    if (!(error instanceof GitHubRefused) || ![403, 404].includes(error.status)) throw error
    step.out(
      isFork(pullRequest)
        ? annotation(
            'notice',
            `No comment, for a fork's token may only read: the summary of this step has it.`,
          )
        : annotation('warning', `No comment: ${error.message}\nhint: ${PERMISSION}`),
    )
  }
}

const PERMISSION = 'give the job "permissions: { contents: read, pull-requests: write }"'
const NO_ROOM = 'What has no room here stands in the summary of the run.'

/** The sections that have room, and where the rest is. */
function textOf(sections: Section[], end: string, mark: Mark): string {
  if (sections.length === 0) return `${NO_CHANGE}\n\n${end}`
  const room = MOST_COMMENT - marked(mark, `${NO_ROOM}\n\n${end}`).length
  let text = ''
  let whole = true
  for (const { markdown } of sections) {
    const fits = text.length + markdown.length + 1 < room
    if (fits) text += `${markdown}\n`
    whole &&= fits
  }
  return `${text}${whole ? '' : `${NO_ROOM}\n\n`}${end}`
}

/** Of which commit it is, and the run that has the summary. */
function endOf({ env }: Step, { head }: PullRequest, repository: string): string {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_RUN_ID: run } = env
  return `<sub>As of ${head.sha}; [the run](${server}/${repository}/actions/runs/${run}).</sub>`
}

function isFork({ head, base }: PullRequest): boolean {
  return head.repo?.full_name !== base.repo.full_name
}
