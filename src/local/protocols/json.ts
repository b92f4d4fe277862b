import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { type Action, checkInput } from '../../rehearse/secrets-manager/input.ts'
import type { LocalRequest, LocalService } from '../http.ts'
import { parseJson } from '../http.ts'
import type { ServiceName } from '../services.ts'

/**
 * A service that speaks AWS JSON: the action in `X-Amz-Target: TARGET.ACTION`, JSON in, JSON out. `invalid`: the
 * service's own code for a bad parameter. `run`: for what stands around an action.
 */
export function jsonService<Context>({
  name,
  target,
  title,
  actions,
  context,
  invalid = 'ValidationException',
  run = (action, input, request) => action.run(context(request), input),
}: {
  name: ServiceName
  target: string
  title: string
  actions: Record<string, Action<Context>>
  context(request: LocalRequest): Context
  invalid?: string
  run?(action: Action<Context>, input: unknown, request: LocalRequest, name: string): unknown
}): LocalService {
  return {
    name,
    recognise({ header }) {
      const [service, action] = header('x-amz-target')?.split('.') ?? []
      return service === target ? action : undefined
    },
    async handle(asked, request) {
      const action = actions[asked]
      if (!action) {
        const words = `The local ${title} does not know the action ${asked}.`
        throw new AwsError('UnknownOperationException', words)
      }
      const input = checkInput(asked, action.input, parseJson(request.body), invalid)
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(run(action, input, request, asked)),
      }
    },
  }
}
