import { CannotDo } from '../model/errors.ts'
import { codeSpan } from '../model/text.ts'
import { literally } from './annotations.ts'
import { credentialsHint } from './plan.ts'
import { oneStage, type Step, summarize } from './step.ts'
import { serverless } from './tool.ts'

/** `serverless deploy`, which itself leaves alone what has not changed. */
export async function deploy(step: Step): Promise<boolean> {
  const stage = oneStage(step, 'deploy')
  const { code } = await literally(step, () => serverless(step, ['deploy', `--stage=${stage}`]))
  if (code !== 0)
    throw new CannotDo(`serverless deploy --stage ${stage} ended with ${code}: the log above says why`, {
      hint: credentialsHint(step),
    })
  summarize(step, `Deployed ${codeSpan(stage)}.\n`)
  return true
}
