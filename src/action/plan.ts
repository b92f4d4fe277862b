import { CannotDo } from '../model/errors.ts'
import { codeSpan } from '../model/text.ts'
import { literally } from './annotations.ts'
import { fenced } from './fenced.ts'
import { oneStage, output, type Step, summarize } from './step.ts'
import { tourbillon } from './tool.ts'

/** What a deploy would change, in the log and in the summary. A difference is no bad news. */
export async function plan(step: Step): Promise<boolean> {
  const stage = oneStage(step, 'plan')
  const { code, out, err } = await tourbillon(step, ['plan', `--stage=${stage}`, '--exit-code'])
  await literally(step, () => step.out(`${out}${err}`))
  // An invalid config is 1 as well, and prints no plan.
  if (code > 1 || out === '')
    throw new CannotDo(`plan of ${stage} could not be made: ${err.trim()}`, { hint: credentialsHint(step) })
  output(step, 'different', code === 1)
  summarize(step, `### Plan of ${codeSpan(stage)}\n\n${fenced(`${out}${err}`)}\n`)
  return true
}

/** Undefined where the job has credentials of any kind. */
export function credentialsHint({ env }: Step): string | undefined {
  const some = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'].some((name) => env[name])
  return some
    ? undefined
    : 'has the job AWS credentials? it needs a step aws-actions/configure-aws-credentials with role-to-assume, and permissions: id-token: write'
}
