import { CannotDo } from '../model/errors.ts'
import { isSecretId, partialArn, SECRET_FORM, secretNameOf } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'

/** The name of a secret that was given by name or ARN. Throws CannotDo where the ARN may be of another one. */
export function nameOfSecret(option: string, text: string): string {
  if (!isSecretId(text))
    throw new CannotDo(`--${option} ${oneLine(text)} is neither a secret’s name nor its ARN`, {
      hint: SECRET_FORM,
    })
  const partial = partialArn(text)
  if (partial) throw new CannotDo(`--${option} ${text} ${partial.problem}`, { hint: partial.hint })
  return secretNameOf(text)
}
