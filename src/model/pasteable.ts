/**
 * Commands that are printed to be pasted: whole, from `npx` on, each word as a shell takes it. In a sentence they stand
 * between backticks, or end it.
 */

/** How a stage is named on a command line: `--stage prod`, or `--config FILE` for whoever named it so. */
export type StageOption = readonly [option: '--stage' | '--config', value: string]

/** An option with its value, or a word. */
type Word = string | readonly [option: string, value: string]

/** `npx aws-tourbillon show --stage prod 28e2bcee`. `stage`: how it is named, or its name. */
export function commandFor(stage: StageOption | string, command: string, ...words: Word[]): string {
  return ['npx aws-tourbillon', command, ...[optionOf(stage), ...words].map(textOf)].join(' ')
}

/** A deploy goes by a stage's name alone. */
export function deployCommand(stage: string): string {
  return `npx serverless deploy ${textOf(['--stage', stage])}`
}

/** For a text of ours that names what it knows nothing of: STAGE, SCHEDULE, SECRET in its commands. */
export type Known = {
  stage?: StageOption | string
  schedule?: string | undefined
  secret?: string | undefined
}

/** A text with what is known of in the place of its STAGE, SCHEDULE, SECRET. */
export function filledIn(text: string, { stage, schedule, secret }: Known): string {
  const words: Record<string, string | undefined> = {
    '--stage STAGE': stage && textOf(optionOf(stage)),
    SCHEDULE: schedule && shellWord(schedule),
    '--secret SECRET': secret && textOf(['--secret', secret]),
    SECRET: secret && shellWord(secret),
  }
  return text.replaceAll(
    /--stage STAGE\b|--secret SECRET\b|\bSCHEDULE\b|\bSECRET\b/g,
    (found) => words[found] ?? found,
  )
}

function optionOf(stage: StageOption | string): StageOption {
  return typeof stage === 'string' ? ['--stage', stage] : stage
}

function textOf(word: Word): string {
  return typeof word === 'string' ? shellWord(word) : optionText(...word)
}

/** An option with its value, which may begin as an option does. */
export function optionText(option: string, value: string): string {
  return value.startsWith('-') ? `${option}=${shellWord(value)}` : `${option} ${shellWord(value)}`
}

/** A word as sh, bash and zsh take it, letter by letter. */
function shellWord(text: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(text) ? text : shellQuoted(text)
}

/** The same in quotes, whatever it is. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
