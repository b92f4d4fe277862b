import { cancelRotateSecret } from '../../rehearse/secrets-manager/actions/cancel-rotate-secret.ts'
import { createSecret } from '../../rehearse/secrets-manager/actions/create-secret.ts'
import { deleteSecret, restoreSecret } from '../../rehearse/secrets-manager/actions/delete-secret.ts'
import { describeSecret } from '../../rehearse/secrets-manager/actions/describe-secret.ts'
import { getRandomPassword } from '../../rehearse/secrets-manager/actions/get-random-password.ts'
import { getSecretValue } from '../../rehearse/secrets-manager/actions/get-secret-value.ts'
import { listSecrets } from '../../rehearse/secrets-manager/actions/list-secrets.ts'
import { putSecretValue } from '../../rehearse/secrets-manager/actions/put-secret-value.ts'
import { rotateSecret } from '../../rehearse/secrets-manager/actions/rotate-secret.ts'
import { tagResource } from '../../rehearse/secrets-manager/actions/tag-resource.ts'
import { updateSecretVersionStage } from '../../rehearse/secrets-manager/actions/update-secret-version-stage.ts'
import type { Context } from '../../rehearse/secrets-manager/context.ts'
import type { Action } from '../../rehearse/secrets-manager/input.ts'
import type { SecretsState } from '../../rehearse/secrets-manager/secret.ts'
import { earlierSights, type Unkind } from '../../rehearse/secrets-manager/unkind.ts'
import { type Caller, callerOf } from '../caller.ts'
import type { LocalRequest, LocalService } from '../http.ts'
import type { BusEvent } from '../news.ts'
import { jsonService } from '../protocols/json.ts'
import { readRecord } from './read-record.ts'

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
 * Secrets Manager. Each account and region has secrets of its own: the request's signature says which.
 */
export function secretsManager(
  contextIn: (place: Caller) => Context,
  unkind: Unkind = {},
  recorded: (event: BusEvent) => void = () => {},
): LocalService {
  const contextOf = ({ header }: LocalRequest) => contextIn(callerOf(header('authorization')))
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

  /** Of reads CloudTrail's records are told, of the refused ones, too. */
  function run(
    name: string,
    context: Context,
    action: Action<Context>,
    input: unknown,
    { header }: LocalRequest,
  ): unknown {
    if (name !== 'GetSecretValue') return action.run(context, input)
    const caller = callerOf(header('authorization'))
    const record = (error?: unknown) =>
      recorded(readRecord(caller, input as object, error, context.environment.now()))
    try {
      const done = action.run(context, input)
      record()
      return done
    } catch (error) {
      record(error)
      throw error
    }
  }

  function answer(name: string, action: Action<Context>, input: unknown, request: LocalRequest): unknown {
    const context = contextOf(request)
    const { SecretId = '' } = input as { SecretId?: string }
    if (unkind.seenLateMs) watch(context)
    if (name === 'DescribeSecret' && unkind.seenLateMs) {
      const at =
        context.environment.now() - unkind.seenLateMs(callerOf(request.header('authorization')).accessKeyId)
      const earlier = sights.asOf(context, SecretId, at)
      if (earlier) return earlier
    }
    const done = run(name, context, action, input, request)
    if (name === 'ListSecrets' && unkind.listedTwice?.()) return withOneTwice(done as Listed)
    if (unkind.seenLateMs && SecretId !== '' && name !== 'DescribeSecret')
      sights.note(context, SecretId, shown(context, SecretId))
    return done
  }

  return jsonService({
    name: 'secretsmanager',
    target: 'secretsmanager',
    title: 'Secrets Manager',
    actions: ACTIONS,
    context: contextOf,
    run: (action, input, request, name) => answer(name, action, input, request),
  })
}

type Listed = { SecretList: unknown[] }

function withOneTwice({ SecretList, ...rest }: Listed) {
  return { SecretList: [...SecretList, ...SecretList.slice(0, 1)], ...rest }
}
