import { callerPlace } from '../aws/caller.ts'
import { isTimezone } from '../calendar/timezone.ts'
import { timezoneHint } from '../calendar/timezone-hint.ts'
import { ACCOUNT_PATTERN, REGION_PATTERN } from '../config/patterns.ts'
import { firstConfig, type NewStage } from '../init/config-text.ts'
import { createRepository, type NewRepository } from '../init/repository.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { type Arguments, type Command, jsonText, noPositionals, type Terminal } from './command.ts'

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
  --json            { "stage", "timezone", "account", "region", "files": [{ "path", "status" }],
                      "notes", "next": [COMMAND] }

Exit status: 0 all is there; 2 it could not be done.
Example: npx aws-tourbillon init --stage prod --timezone Europe/Paris
`,
  options: {
    timezone: { type: 'string' },
    account: { type: 'string' },
    region: { type: 'string' },
  },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    if (args.values.config !== undefined)
      throw new CannotDo('init takes no --config', { hint: '--stage NAME makes config/NAME.yml' })
    const stage = await answers(args, terminal)
    const made = await createRepository(process.cwd(), stage, firstConfig(stage))
    terminal.out(args.values.json ? asJson(stage, made) : asText(made))
    return 0
  },
}

/** What has to be known, what it may be, and what is said where it is not. */
type Question = { question: string; wrong: string; hint(text: string): string | undefined }

const QUESTIONS: Record<keyof NewStage, Question> = {
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
  const given: Partial<NewStage> = {}
  for (const name of Object.keys(QUESTIONS) as (keyof NewStage)[]) {
    if (values[name] !== undefined) given[name] = checked(name, String(values[name]))
  }
  const stage = given.stage ?? (await asked('stage', 'dev', terminal)) ?? 'dev'
  const timezone = given.timezone ?? (await asked('timezone', machineZone(), terminal)) ?? machineZone()
  const caller = given.account && given.region ? {} : await callerPlace(given.region)
  const account = given.account ?? (await asked('account', caller.account, terminal))
  const region = given.region ?? (await asked('region', caller.region, terminal))
  return { stage, timezone, ...(account && { account }), ...(region && { region }) }
}

function checked(name: keyof NewStage, text: string): string {
  const hint = QUESTIONS[name].hint(text)
  if (hint === undefined) return text
  throw new CannotDo(`--${name} ${oneLine(text)} is ${QUESTIONS[name].wrong}`, { hint })
}

/** An empty answer takes what is proposed, which may be nothing. */
async function asked(
  name: keyof NewStage,
  proposal: string | undefined,
  { ask, err }: Terminal,
): Promise<string | undefined> {
  if (ask === undefined) return proposal
  const { question, wrong } = QUESTIONS[name]
  for (;;) {
    const answer = await ask(`${question} [${proposal ?? 'leave open'}]:`)
    if (answer === undefined) throw new CannotDo('nothing was written', { hint: 'answer, or give options' })
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

function asJson({ stage, timezone, account, region }: NewStage, made: NewRepository): string {
  return jsonText({ stage, timezone, account: account ?? null, region: region ?? null, ...made })
}

function asText({ files, notes, next }: NewRepository): string {
  return [
    ...files.map(({ path, status }) => `${status.padEnd(8)} ${path}`),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `note: ${note}`)] : []),
    ...['', 'Next:', ...next.map((command) => `  ${command}`), ''],
  ].join('\n')
}
