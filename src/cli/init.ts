import { callerPlace } from '../aws/caller.ts'
import { listEstate } from '../aws/estate.ts'
import { isTimezone } from '../calendar/timezone.ts'
import { timezoneHint } from '../calendar/timezone-hint.ts'
import { ACCOUNT_PATTERN, REGION_PATTERN } from '../config/patterns.ts'
import { firstConfig, type NewStage } from '../init/config-text.ts'
import { exists } from '../init/create-files.ts'
import { type Imported, importEstate } from '../init/import.ts'
import { importedConfig } from '../init/imported-text.ts'
import { configPath, createRepository, type NewRepository, type StageFile } from '../init/repository.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { type Arguments, type Command, jsonText, noPositionals, type Terminal } from './command.ts'
import { importedJson, importedSummary } from './init-text.ts'
import { openProgress } from './progress.ts'

export const init: Command = {
  name: 'init',
  summary: 'begin a repository of your own, or add a stage to it',
  help: `Usage: aws-tourbillon init [--stage NAME] [OPTIONS]

Writes what a repository of your own needs, into this folder: package.json, serverless.yml,
config/NAME.yml, .gitignore, a workflow for GitHub, a README. What is there already stays as it is, so
that it can be run again, and once for each further stage.

What no option says is asked for on a terminal; elsewhere the defaults count.

  --stage NAME      default: dev
  --timezone ZONE   in which schedules are written; default: this machine's
  --account ID      where the stage lives; default: that of your AWS identity
  --region NAME     default: that of your AWS profile or environment
  --from-aws        read the account's secrets (ListSecrets: names, tags and rules, never values), and write
                    a schedule for each rule by which Secrets Manager rotates them, in UTC as it does, and
                    as comments what stands in none, and why
  --json            { "stage", "timezone", "account", "region", "files": [{ "path", "status" }],
                      "notes", "next": [COMMAND] }, and with --from-aws "import": { "secrets",
                      "rotationFunctions", "schedules", "proposed", "apart", "check" }

More: node_modules/aws-tourbillon/docs/init.md
Exit status: 0 all is there; 2 it could not be done.
Example: npx aws-tourbillon init --stage prod --timezone Europe/Paris
         npx aws-tourbillon init --stage prod --from-aws
`,
  options: {
    timezone: { type: 'string' },
    account: { type: 'string' },
    region: { type: 'string' },
    'from-aws': { type: 'boolean' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    if (args.values.config !== undefined)
      throw new CannotDo('init takes no --config', { hint: '--stage NAME makes config/NAME.yml' })
    if (args.values['from-aws']) return fromAws(args, terminal)
    const stage = await answers(args, terminal)
    const made = await createRepository(process.cwd(), [{ stage, text: firstConfig(stage) }])
    terminal.out(args.values.json ? jsonText(asJson(stage, made)) : asText(made))
    return 0
  },
}

async function fromAws(args: Arguments, terminal: Terminal): Promise<0> {
  const asked = await answers(args, terminal)
  await refuseExisting([asked.stage])
  const progress = openProgress(terminal)
  const { region, secrets } = await listEstate(asked.region, (listed) =>
    progress.show(() => `${listed} secrets`),
  ).finally(progress.end)
  const account = secrets[0]?.ARN?.split(':')[4] ?? asked.account
  if (asked.account !== undefined && account !== asked.account)
    throw new CannotDo(`these are secrets of account ${account}, not of ${asked.account}`, {
      hint: `set AWS_PROFILE to a profile of account ${asked.account}, or leave --account out`,
    })
  const imported = importEstate(secrets, terminal.now())
  const { rotationFunctions } = imported
  const stage = {
    ...{ ...asked, region },
    ...(account !== undefined && { account }),
    ...(rotationFunctions && { rotationFunctions }),
  }
  const stages = stageFiles(stage, imported)
  await refuseExisting(stages.map((it) => it.stage.stage))
  const made = await createRepository(process.cwd(), stages)
  const paths = stages.map((it) => configPath(it.stage.stage))
  terminal.out(
    args.values.json
      ? jsonText({ ...asJson(stage, made), import: importedJson(imported, paths) })
      : `${importedSummary(imported, stage, paths, terminal.columns)}\n${asText(made)}`,
  )
  return 0
}

/** A config is the last file that is written: where it is, nothing was left half-way. */
async function refuseExisting(stages: string[]): Promise<void> {
  for (const stage of stages) {
    if (!(await exists(configPath(stage)))) continue
    throw new CannotDo(`${configPath(stage)} is there, and is never overwritten`, {
      hint: 'choose another --stage, or move the file away first',
    })
  }
}

/** `prod`, and where one stage cannot hold all, `prod-2` and so on. What stands in no schedule is told in the first. */
function stageFiles(stage: NewStage, { stages, proposed, apart }: Imported): [StageFile, ...StageFile[]] {
  const [first = [], ...others] = stages
  const fileOf = (name: string, part: Parameters<typeof importedConfig>[1]): StageFile => {
    const own = { ...stage, stage: name }
    return { stage: own, text: importedConfig(own, part) }
  }
  return [
    fileOf(stage.stage, { schedules: first, proposed, apart }),
    ...others.map((schedules, index) =>
      fileOf(`${stage.stage}-${index + 2}`, { schedules, proposed: [], apart: [] }),
    ),
  ]
}

/** What has to be known, what it may be, and what is said where it is not. */
type Question = { question: string; wrong: string; hint(text: string): string | undefined }

type Asked = Exclude<keyof NewStage, 'rotationFunctions'>

const QUESTIONS: Record<Asked, Question> = {
  stage: {
    question: 'Stage',
    wrong: 'no stage’s name',
    hint: (text) =>
      // A part of every name that is deployed: Lambda’s have 64 characters, a stack’s no dot.
      /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(text) ? undefined : 'up to 32 letters, digits and hyphens',
  },
  timezone: {
    question: 'Time zone of its schedules',
    wrong: 'no time zone',
    hint: (text) => (isTimezone(text) ? undefined : timezoneHint(text)),
  },
  account: {
    question: 'AWS account',
    wrong: 'no account’s id',
    hint: (text) => (new RegExp(ACCOUNT_PATTERN).test(text) ? undefined : '12 digits'),
  },
  region: {
    question: 'Region',
    wrong: 'no region',
    hint: (text) =>
      new RegExp(REGION_PATTERN).test(text) ? undefined : 'write it as AWS does: eu-west-1, us-gov-east-1',
  },
}

/** Everything is checked before anything is asked, and asked before anything is written. */
async function answers({ values }: Arguments, terminal: Terminal): Promise<NewStage> {
  const given: Partial<Record<Asked, string>> = {}
  for (const name of Object.keys(QUESTIONS) as Asked[]) {
    if (values[name] !== undefined) given[name] = checked(name, String(values[name]))
  }
  const stage = given.stage ?? (await asked('stage', 'dev', terminal)) ?? 'dev'
  // What is read counts in UTC, and the answer says account and region.
  if (values['from-aws']) return { timezone: 'UTC', ...given, stage }
  const timezone = given.timezone ?? (await asked('timezone', machineZone(), terminal)) ?? machineZone()
  const caller = given.account && given.region ? {} : await callerPlace(given.region)
  const account = given.account ?? (await asked('account', caller.account, terminal))
  const region = given.region ?? (await asked('region', caller.region, terminal))
  return { stage, timezone, ...(account && { account }), ...(region && { region }) }
}

function checked(name: Asked, text: string): string {
  const hint = QUESTIONS[name].hint(text)
  if (hint === undefined) return text
  throw new CannotDo(`--${name} ${oneLine(text)} is ${QUESTIONS[name].wrong}`, { hint })
}

/** An empty answer takes what is proposed, which may be nothing. */
async function asked(
  name: Asked,
  proposal: string | undefined,
  { ask, err }: Terminal,
): Promise<string | undefined> {
  if (ask === undefined) return proposal
  const { question, wrong } = QUESTIONS[name]
  for (;;) {
    const answer = await ask(`${question} [${proposal ?? 'leave open'}]:`)
    if (answer === undefined) {
      err('\n')
      throw new CannotDo('nothing was written', { hint: 'answer, or say it by options' })
    }
    if (answer === '') return proposal
    const hint = QUESTIONS[name].hint(answer)
    if (hint === undefined) return answer
    err(`"${oneLine(answer)}" is ${wrong}: ${hint}\n`)
  }
}

function machineZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return isTimezone(zone) ? zone : 'UTC'
}

function asJson({ stage, timezone, account, region }: NewStage, made: NewRepository): object {
  return { stage, timezone, account: account ?? null, region: region ?? null, ...made }
}

function asText({ files, notes, next }: NewRepository): string {
  return [
    ...files.map(({ path, status }) => `${status.padEnd(8)} ${path}`),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `note: ${note}`)] : []),
    ...['', 'Next:', ...next.map((command) => `  ${command}`), ''],
  ].join('\n')
}
