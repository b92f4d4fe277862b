import type { z } from 'zod'
import { AwsError, unsupported } from './error.ts'

/** One API action: what it accepts, and what it answers. */
export type Action<S> = { input: z.ZodType; run(state: S, input: unknown): unknown }

/** Pairs a schema with a service's function, so that `run` sees the schema's type. */
export function actionOn<S>() {
  return <I extends z.ZodType>(input: I, run: (state: S, input: z.output<I>) => unknown): Action<S> => ({
    input,
    run: run as Action<S>['run'],
  })
}

/**
 * Checks a request's parameters at the door. A parameter that the schema does not know is refused by name (the real
 * service would ignore or support it; here silence would hide a gap); a bad value is the service's own `code`.
 */
export function checkInput<I extends z.ZodType>(
  name: string,
  schema: I,
  value: unknown,
  code: string,
): z.output<I> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  if (!issue) throw new AwsError(code, `${name} was refused.`)
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    throw unsupported(`the parameter ${[path, issue.keys.join(', ')].filter(Boolean).join('.')} of ${name}`)
  }
  throw new AwsError(
    code,
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${issue.message}`,
  )
}
