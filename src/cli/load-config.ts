import { readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { setCommandStage } from '../aws/command-stage.ts'
import type { Config } from '../config/config.ts'
import { type Loaded, loadConfig, stageNameOf } from '../config/load.ts'
import { describeProblem } from '../config/problem.ts'
import { oneOf } from '../config/suggest.ts'
import { CannotDo } from '../model/errors.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { oneLine } from '../model/text.ts'
import { type Arguments, InvalidConfig, notesOn, type Terminal } from './command.ts'

const STAGES = 'config'

/** The config file that `--config` or `--stage` names. */
export function configFileOf({ values: { config, stage } }: Arguments): string {
  if (typeof config === 'string' && typeof stage === 'string') {
    throw new CannotDo('both --config and --stage', {
      hint: '--stage NAME means --config config/NAME.yml: give one',
    })
  }
  if (typeof config === 'string') return config
  if (typeof stage === 'string') return fileOfStage(stage)
  throw new CannotDo('which stage?', { hint: 'add --stage NAME (config/NAME.yml) or --config FILE' })
}

function fileOfStage(stage: string): string {
  if (/^[\w-][\w.-]*$/.test(stage)) return `${STAGES}/${stage}.yml`
  throw new CannotDo(`--stage ${oneLine(stage)} is no stage's name`, {
    hint: `a stage is named as its file in ${STAGES}/ is, without .yml; any other file is --config FILE`,
  })
}

/** How this command named its stage, for those that it prints. */
export function stageOption({ values: { config, stage } }: Arguments): StageOption {
  return config === undefined ? ['--stage', String(stage)] : ['--config', String(config)]
}

/** Loads the config file, valid or not. Throws CannotDo where it cannot be read. */
export async function loadFrom(file: string): Promise<Loaded> {
  try {
    return await loadConfig(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const hint = await nearest(file)
    if (error.code === 'ENOENT')
      throw new CannotDo(`cannot read ${file}: there is no such file`, { hint, cause: error })
    throw new CannotDo(`cannot read ${file}: ${error.message}`, { hint, cause: error })
  }
}

/** What there is beside a file that cannot be read: for a stage, the stages. */
export async function nearest(file: string): Promise<string> {
  const folder = dirname(file)
  const names = await readdir(folder).catch(() => undefined)
  const stages = names?.filter((it) => /\.ya?ml$/.test(it)).sort()
  if (folder === STAGES && stages?.length) return oneOf(stageNameOf(file), stages.map(stageNameOf))
  if (stages?.length) return oneOf(basename(file), stages)
  return `there is no config in ${resolve(folder)}: paths begin where you are; npx aws-tourbillon --help`
}

/** The valid config of a command, which asks AWS in its place only. Throws CannotDo, InvalidConfig. */
export async function validConfig(args: Arguments, terminal: Terminal): Promise<Config> {
  return (await validStage(args, terminal)).config
}

/** The same with what stands under `stage:`, of the file here or as `load` has it. Throws CannotDo, InvalidConfig. */
export async function validStage(
  args: Arguments,
  terminal: Terminal,
  load = loadFrom,
): Promise<Loaded & { ok: true }> {
  const file = configFileOf(args)
  const loaded = await load(file)
  standAtStage(file, loaded, terminal)
  if (loaded.ok) return loaded
  throw new InvalidConfig(loaded.errors.map((error) => describeProblem('error', error)).join('\n'))
}

function standAtStage(file: string, loaded: Loaded, terminal: Terminal, urgent = false): void {
  const { account, region } = placeOf(loaded) ?? {}
  setCommandStage({ account, region, urgent, stage: stageNameOf(file), file, note: notesOn(terminal) })
}

/** Undefined: nobody knows where it lives. */
function placeOf(loaded: Loaded) {
  return loaded.settings ?? ('pins' in loaded ? loaded.pins : undefined)
}

export type InAnyCase = { stage: string; config?: Config }

/**
 * For what must work at any time: the stage, and its config where that is valid. A file that somebody is half-way
 * through, or that a newer release refuses, keeps nobody from an emergency stop.
 */
export async function stageInAnyCase(
  args: Arguments,
  terminal: Terminal,
  { urgent = false } = {},
): Promise<InAnyCase> {
  const file = configFileOf(args)
  const loaded = await loadFrom(file)
  standAtStage(file, loaded, terminal, urgent)
  if (loaded.ok) return { stage: loaded.config.stage, config: loaded.config }
  terminal.err(
    `note: ${file} is not valid (\`${commandFor(stageOption(args), 'validate')}\`), so names are not checked against it\n`,
  )
  if (placeOf(loaded) === undefined)
    terminal.err(
      'note: nor can be read in which account and region it lives: this goes where your AWS settings say\n',
    )
  return { stage: stageNameOf(file) }
}
