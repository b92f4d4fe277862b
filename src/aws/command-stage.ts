import { AsyncLocalStorage } from 'node:async_hooks'

/** The stage of a command: where its config says that it lives. */
export type CommandStage = {
  stage: string
  file: string
  account?: string | undefined
  region?: string | undefined
  /** Harmless wherever it is done, and needed now: goes on where nobody answers whose account this is. */
  urgent?: boolean
  /** Takes a line for people. */
  note(line: string): void
}

const commands = new AsyncLocalStorage<{ stage?: CommandStage; there?: Promise<void> }>()

/** A command, with a stage of its own as soon as it says which: others beside it have theirs. */
export function asCommand<T>(work: () => Promise<T>): Promise<T> {
  return commands.run({}, work)
}

/** From here on this command's clients go to the stage's region, and `withAws` asks for its account first. */
export function setCommandStage(stage: CommandStage): void {
  const command = commands.getStore()
  if (command !== undefined) Object.assign(command, { stage, there: undefined })
}

/** Where clients go; undefined: where the environment or the profile says. */
export function pinnedRegion(): string | undefined {
  return commands.getStore()?.stage?.region
}

/** Asks once, before anything else is sent. What fails is asked again. */
export async function checkStageOnce(check: (stage: CommandStage) => Promise<void>): Promise<void> {
  const command = commands.getStore()
  if (command?.stage === undefined || (command.stage.account ?? command.stage.region) === undefined) return
  command.there ??= check(command.stage)
  try {
    await command.there
  } catch (error) {
    delete command.there
    throw error
  }
}
