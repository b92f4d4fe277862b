import { CannotDo } from '../model/errors.ts'
import { annotation } from './annotations.ts'
import { deploy } from './deploy.ts'
import { diff } from './diff.ts'
import { plan } from './plan.ts'
import { type Step, stepOf } from './step.ts'
import { validate } from './validate.ts'

/** Each answers whether the step is in order. */
const COMMANDS: Record<string, (step: Step) => Promise<boolean>> = { validate, diff, plan, deploy }

/** action.yml's step, by its environment: 0 where it is in order, 1 where the job must stop. */
export async function runAction(env: NodeJS.ProcessEnv, out: Step['out']): Promise<number> {
  try {
    const name = env.INPUT_COMMAND?.trim() ?? ''
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (command === undefined)
      throw new CannotDo(`no command "${name}"`, { hint: `write one of ${Object.keys(COMMANDS).join(', ')}` })
    return (await command(stepOf(env, out))) ? 0 : 1
  } catch (error) {
    if (!(error instanceof CannotDo)) throw error
    out(annotation('error', error.message + (error.hint === undefined ? '' : `\nhint: ${error.hint}`)))
    return 1
  }
}
