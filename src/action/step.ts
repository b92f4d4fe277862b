import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { CannotDo } from '../model/errors.ts'

/**
 * A step of a workflow, as its runner starts it: inputs and places from the environment.
 * Sources: docs.github.com, "Metadata syntax for GitHub Actions", "Variables reference", "Workflow commands".
 */
export type Step = {
  /** What the job's log shows. */
  out(text: string): unknown
  env: NodeJS.ProcessEnv
  /** Absolute: where config/ and package.json are. */
  directory: string
  stage: string | undefined
  strict: boolean
  base: string | undefined
  token: string | undefined
}

/** Throws CannotDo where an input is not what it should be. */
export function stepOf(env: NodeJS.ProcessEnv, out: Step['out']): Step {
  const input = (name: string) => env[`INPUT_${name.toUpperCase()}`]?.trim() || undefined
  const directory = resolve(workspaceOf(env), input('working-directory') ?? '.')
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new CannotDo(`there is no folder ${relative(workspaceOf(env), directory)}`, {
      hint: 'working-directory is the folder that has config/, from the top of the repository; actions/checkout comes before this step',
    })
  const strict = input('strict') ?? 'false'
  if (!['true', 'false'].includes(strict))
    throw new CannotDo(`strict: "${strict}"`, { hint: 'write true or false' })
  return {
    out,
    env,
    directory,
    stage: input('stage'),
    strict: strict === 'true',
    base: input('base'),
    token: input('github-token'),
  }
}

function workspaceOf({ GITHUB_WORKSPACE }: NodeJS.ProcessEnv): string {
  return GITHUB_WORKSPACE ?? process.cwd()
}

/** A file of the working directory, as annotations name it: from the top of the repository. */
export function inRepository({ env, directory }: Step, file: string): string {
  return relative(workspaceOf(env), resolve(directory, file)).replaceAll('\\', '/')
}

/** The stage that plan and deploy are about. */
export function oneStage({ stage }: Step, command: string): string {
  if (stage !== undefined) return stage
  throw new CannotDo(`${command} which stage?`, {
    hint: `add to the step's with: "stage: NAME" (config/NAME.yml); a stage is in one account, so a job does one`,
  })
}

/** What happened, as GitHub tells the job of it; without it nothing is known. */
export function eventOf({ env }: Step): unknown {
  const { GITHUB_EVENT_PATH: path } = env
  return path !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** What later steps may ask for: `steps.ID.outputs.NAME`. */
export function output({ env }: Step, name: string, value: boolean): void {
  if (env.GITHUB_OUTPUT !== undefined) appendFileSync(env.GITHUB_OUTPUT, `${name}=${value}\n`)
}

/** Bytes; GitHub shows no summary of a step that is longer than 1 MiB. */
const MOST_SUMMARY = 1_000_000

/** Markdown on the page of the run. What has no room is left out, and that is said. */
export function summarize({ env }: Step, markdown: string): void {
  const { GITHUB_STEP_SUMMARY: file } = env
  if (file === undefined) return
  const used = existsSync(file) ? statSync(file).size : 0
  const fits = used + Buffer.byteLength(markdown) < MOST_SUMMARY
  appendFileSync(
    file,
    fits ? `${markdown}\n` : '\n\nThere is more, and no room here: the same command in a terminal has it.\n',
  )
}
