import { type Caller, callerOf } from '../caller.ts'
import { AwsError } from '../error.ts'
import { type LocalService, parseJson } from '../http.ts'
import { type Action, checkInput } from '../input.ts'
import { cancelRotateSecret } from './actions/cancel-rotate-secret.ts'
import { createSecret } from './actions/create-secret.ts'
import { deleteSecret } from './actions/delete-secret.ts'
import { describeSecret } from './actions/describe-secret.ts'
import { getRandomPassword } from './actions/get-random-password.ts'
import { getSecretValue } from './actions/get-secret-value.ts'
import { listSecrets } from './actions/list-secrets.ts'
import { putSecretValue } from './actions/put-secret-value.ts'
import { restoreSecret } from './actions/restore-secret.ts'
import { rotateSecret } from './actions/rotate-secret.ts'
import { tagResource } from './actions/tag-resource.ts'
import { updateSecretVersionStage } from './actions/update-secret-version-stage.ts'
import type { Context } from './context.ts'
import type { SecretsState } from './secret.ts'
import { earlierSights, type Unkind } from './unkind.ts'

const ACTIONS: Record<string, Action<Context>> = {
  CancelRotateSecret: cancelRotateSecret,
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetRandomPassword: getRandomPassword,
  GetSecretValue: getSecretValue,
  ListSecrets: listSecrets,
  PutSecretValue: putSecretValue,
  RestoreSecret: restoreSecret,
  RotateSecret: rotateSecret,
  TagResource: tagResource,
  UpdateSecretVersionStage: updateSecretVersionStage,
}

/**
 * Secrets Manager, in AWS JSON 1.1: the action is in `X-Amz-Target: secretsmanager.ACTION`. Each account and region has
 * secrets of its own: the request's signature says which.
 */
export function secretsManager(contextIn: (place: Caller) => Context, unkind: Unkind = {}): LocalService {
  const sights = earlierSights()
  const watched = new WeakSet<SecretsState>()
  const shown = (context: Context, SecretId: string) => () =>
    describeSecret.run(context, { SecretId }) as object

  /** Steps that end and labels that go change a secret between two requests, too. */
  function watch(context: Context) {
    if (watched.has(context.state)) return
    watched.add(context.state)
    context.state.listeners.push(({ secretArn }) =>
      sights.note(context, secretArn, shown(context, secretArn)),
    )
  }

  function answer(name: string, action: Action<Context>, input: unknown, caller: Caller): unknown {
    const context = contextIn(caller)
    const { SecretId = '' } = input as { SecretId?: string }
    if (unkind.seenLateMs) watch(context)
    if (name === 'DescribeSecret' && unkind.seenLateMs) {
      const at = context.environment.now() - unkind.seenLateMs(caller.accessKeyId)
      const earlier = sights.asOf(context, SecretId, at)
      if (earlier) return earlier
    }
    const done = action.run(context, input)
    if (name === 'ListSecrets' && unkind.listedTwice?.()) return withOneTwice(done as Listed)
    if (unkind.seenLateMs && SecretId !== '' && name !== 'DescribeSecret')
      sights.note(context, SecretId, shown(context, SecretId))
    return done
  }

  return {
    name: 'secretsmanager',
    recognise(request) {
      const [service, action] = request.header('x-amz-target')?.split('.') ?? []
      return service === 'secretsmanager' ? action : undefined
    },
    async handle(name, request) {
      const action = ACTIONS[name]
      if (!action) {
        throw new AwsError(
          'UnknownOperationException',
          `The local Secrets Manager does not know the action ${name}.`,
        )
      }
      const input = checkInput(name, action.input, parseJson(request.body), 'ValidationException')
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(answer(name, action, input, callerOf(request.header('authorization')))),
      }
    },
  }
}

type Listed = { SecretList: unknown[] }

function withOneTwice({ SecretList, ...rest }: Listed) {
  return { SecretList: [...SecretList, ...SecretList.slice(0, 1)], ...rest }
}
