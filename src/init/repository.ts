import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import project from 'aws-tourbillon/package.json' with { type: 'json' }
import { CannotDo } from '../model/errors.ts'
import { messageOf } from '../model/text.ts'
import { githubWorkflow } from '../operate/github-workflow.ts'
import type { NewStage } from './config-text.ts'
import { type Created, createFiles, exists, type NewFile } from './create-files.ts'

/** What the repository needs of npm, as package.json writes it. */
const PACKAGES = { 'aws-tourbillon': `^${project.version}`, serverless: 'npm:osls@^4' }

const IGNORED = ['node_modules/', '.serverless/', '.tourbillon/']

/** What was made, what a person has to know of it, and the commands that come next, each to be pasted. */
export type NewRepository = { files: Created[]; notes: string[]; next: string[] }

/** A stage's file, by its name. */
export function configPath(stage: string): string {
  return `config/${stage}.yml`
}

/** A stage, and the text of its file. */
export type StageFile = { stage: NewStage; text: string }

/**
 * A user's own repository, in this folder: what is not there yet, the configs last, so that where they stand, all does. A
 * second stage in the same folder adds its config alone. Throws CannotDo.
 */
export async function createRepository(
  root: string,
  stages: [StageFile, ...StageFile[]],
): Promise<NewRepository> {
  const missing = await packagesMissing(root)
  const files = await createFiles(root, [
    ...repositoryFiles(stages),
    ...stages.map(({ stage, text }) => ({ path: configPath(stage.stage), text })),
  ])
  const notes = [
    ignoredNotes(root),
    ...stages.flatMap(({ stage }) => [stageNotes(root, stage), workflowNotes(root, stage)]),
    ...(files.some((it) => it.path === WORKFLOW && it.status === 'created') ? [rootNotes(root)] : []),
  ]
  return {
    files,
    notes: (await Promise.all(notes)).flat(),
    next: [
      ...(await installCommands(root, missing)),
      ...stages.flatMap(({ stage }) => stageCommands(stage.stage)),
    ],
  }
}

const WORKFLOW = '.github/workflows/tourbillon.yml'

function repositoryFiles(stages: [StageFile, ...StageFile[]]): NewFile[] {
  const [{ stage }] = stages
  const [first, ...others] = stages.flatMap(({ stage: { stage, account, region } }) =>
    account === undefined || region === undefined ? [] : [{ stage, account, region }],
  )
  const manifest = { private: true, devDependencies: PACKAGES }
  return [
    { path: 'package.json', text: `${JSON.stringify(manifest, null, 2)}\n` },
    { path: 'serverless.yml', text: serverlessText(stage.stage) },
    { path: '.gitignore', text: IGNORED.map((line) => `${line}\n`).join('') },
    { path: 'README.md', text: README },
    ...(first === undefined ? [] : [{ path: WORKFLOW, text: githubWorkflow(first, ...others) }]),
  ]
}

function serverlessText(stage: string): string {
  return `# What a stage is, and what rotates when, stands in config/<stage>.yml: functions and all else are made of that.
# npx serverless deploy --stage ${stage}
service: tourbillon
configValidationMode: error

plugins:
  - aws-tourbillon

provider:
  name: aws
  stage: \${opt:stage, '${stage}'}
`
}

const README = `# Secret rotation

When our AWS secrets rotate: one file a stage, \`config/<stage>.yml\`, made true by [Tourbillon](https://www.npmjs.com/package/aws-tourbillon).

| to | do, with your stage for NAME |
| --- | --- |
| start | \`npm install\` |
| check a config | \`npx aws-tourbillon validate --stage NAME\` |
| see what rotates when | \`npx aws-tourbillon next --stage NAME\` |
| see what a change changes | \`npx aws-tourbillon diff main HEAD --stage NAME\` |
| deploy | \`npx serverless deploy --stage NAME\` |
| see how it stands | \`npx aws-tourbillon status --stage NAME\` |
| stop everything, now | \`npx aws-tourbillon hold --stage NAME --all --reason 'incident 4711'\` |
| add a stage | \`npx aws-tourbillon init --stage NAME\` |
`

/** What package.json lacks; nothing where it is not there yet. It is npm's to change, not ours. */
async function packagesMissing(root: string): Promise<string[]> {
  const path = join(root, 'package.json')
  if (!(await exists(path))) return []
  try {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(await readFile(path, 'utf8'))
    return Object.keys(PACKAGES).filter((name) => !(name in dependencies || name in devDependencies))
  } catch (error) {
    throw new CannotDo(`cannot read package.json: ${messageOf(error)}`, {
      hint: 'mend it, or begin in an empty folder',
      cause: error,
    })
  }
}

async function installCommands(root: string, missing: string[]): Promise<string[]> {
  if (missing.length > 0) {
    const packages = Object.entries(PACKAGES).filter(([name]) => missing.includes(name))
    return [`npm install --save-dev ${packages.map(([name, version]) => `'${name}@${version}'`).join(' ')}`]
  }
  const installed = Object.keys(PACKAGES).map((name) => exists(join(root, 'node_modules', name)))
  return (await Promise.all(installed)).every(Boolean) ? [] : ['npm install']
}

function stageCommands(stage: string): string[] {
  return [
    `npx aws-tourbillon validate --stage ${stage}`,
    `npx aws-tourbillon next --stage ${stage}`,
    `npx serverless deploy --stage ${stage}`,
  ]
}

/** Of what was there, or is there now: a link may lead nowhere, a folder may have a file's name. */
async function textOf(root: string, path: string): Promise<string> {
  return readFile(join(root, path), 'utf8').catch((error: unknown) => {
    throw new CannotDo(`cannot read ${path}: ${messageOf(error)}`, {
      hint: 'move it out of the way, and run it again',
      cause: error,
    })
  })
}

/** A .gitignore that was there stays as it is; what it lacks would be committed. */
async function ignoredNotes(root: string): Promise<string[]> {
  const lines = (await textOf(root, '.gitignore')).split(/\r?\n/).map((line) => line.trim())
  const lacking = IGNORED.filter(
    (it) => ![it, `/${it}`, it.slice(0, -1), `/${it.slice(0, -1)}`].some((form) => lines.includes(form)),
  )
  return lacking.length === 0 ? [] : [`.gitignore lacks ${lacking.join(', ')}: add what git is not to keep`]
}

/** A config that was there stays as it is, too. */
async function stageNotes(root: string, { stage, account, region }: NewStage): Promise<string[]> {
  const path = configPath(stage)
  const text = await textOf(root, path)
  return Object.entries({ account, region }).flatMap(([name, value]) => {
    if (value !== undefined && new RegExp(`^ *${name}: *'?${value}`, 'm').test(text)) return []
    const what = value === undefined ? `the ${name} of stage ${stage} is not known` : `${path} lacks ${value}`
    return [`${what}: write ${name} under stage: in ${path}, or a deploy may go elsewhere`]
  })
}

/** In a folder of a larger repository, GitHub reads none but that at its root. */
async function rootNotes(root: string): Promise<string[]> {
  if (await exists(join(root, '.git'))) return []
  for (let above = dirname(root); above !== dirname(above); above = dirname(above)) {
    if (!(await exists(join(above, '.git')))) continue
    return [
      `GitHub reads workflows only in ${join(above, '.github')}: move ${WORKFLOW} there, with ${relative(above, root)} as working-directory (node_modules/aws-tourbillon/docs/github.md)`,
    ]
  }
  return []
}

/** It names each stage, with the role of its account. */
async function workflowNotes(root: string, { stage, account, region }: NewStage): Promise<string[]> {
  if (!(await exists(join(root, WORKFLOW)))) {
    const options = [account ?? '--account ID', region ?? '--region NAME'].filter((it) => it.startsWith('--'))
    return [
      `no ${WORKFLOW}: for one, run npx aws-tourbillon init --stage ${stage} again with ${options.join(' and ')}`,
    ]
  }
  const text = await textOf(root, WORKFLOW)
  if (new RegExp(`\\bstage: ['"]?${stage}['"]?\\s*$`, 'm').test(text)) return []
  return [`${WORKFLOW} deploys no stage ${stage}: give it a job like the one that is there`]
}
