import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { createSecret } from '../secrets-manager/actions/create-secret.ts'
import { deleteSecret } from '../secrets-manager/actions/delete-secret.ts'
import { describeSecret } from '../secrets-manager/actions/describe-secret.ts'
import { getSecretValue } from '../secrets-manager/actions/get-secret-value.ts'
import { listSecrets } from '../secrets-manager/actions/list-secrets.ts'
import { putSecretValue } from '../secrets-manager/actions/put-secret-value.ts'
import { rotateSecret } from '../secrets-manager/actions/rotate-secret.ts'
import { tagResource } from '../secrets-manager/actions/tag-resource.ts'
import { updateSecretVersionStage } from '../secrets-manager/actions/update-secret-version-stage.ts'
import type { Context } from '../secrets-manager/context.ts'
import { findSecret } from '../secrets-manager/find.ts'
import type { Action } from '../secrets-manager/input.ts'
import type { RepeatedToken, StepEvent } from '../secrets-manager/rotation.ts'
import type { SecretEvent } from '../secrets-manager/secret.ts'
import { earlierSights } from '../secrets-manager/unkind.ts'
import type { Clock } from './clock.ts'

const ACTIONS: Record<string, Action<Context>> = {
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetSecretValue: getSecretValue,
  ListSecrets: listSecrets,
  TagResource: tagResource,
  PutSecretValue: putSecretValue,
  RotateSecret: rotateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
}

/** What happens to one request: thrown before its effect, after it (a lost response), or merely slow. */
export type RequestFault = { before?: Error; after?: Error; delayMs?: number; afterMs?: number }

/** What happens to one step of a rotation function: it takes this long, and may fail. */
export type StepFault = { delayMs: number; fails?: boolean }

export type SimulatedAws = {
  /** A client for the orchestrator: the local AWS's own engine behind the SDK's `send`. */
  client: SecretsManagerClient
  context: Context
  /** Requests that had their effect, the orchestrator's only: when they left it, and when that was. */
  calls: { action: string; secret: string; token?: string; sentAt: number; at: number }[]
  events: SecretEvent[]
  /** The databases behind the secrets: the password that each accepts now. */
  passwords: Map<string, string>
  /** Runs an action as somebody else: an operator, a rotation function. */
  act(action: string, input: object): unknown
}

/** Where its secrets are, unless another place is given: an account that is made up. */
const PLACE = { account: '000000000000', region: 'eu-central-1' }

export function simulatedAws(options: {
  clock: Clock
  place?: { account: string; region: string }
  /** See `RotationEnvironment`. */
  suffix?: (name: string) => string
  /**
   * For a world that runs for long, and in which nobody touches a secret but by an action: `calls` and `events` are not
   * kept, and DescribeSecret answers with the same object while nothing has happened to the secret.
   */
  lasting?: boolean
  /** Hears of each call as it has had its effect. */
  called?: (call: SimulatedAws['calls'][number]) => void
  repeatedToken?: RepeatedToken
  /** Where a used token answers otherwise: with success and no effect, or with some other refusal. */
  usedToken?: { answers: 'nothing' | 'refusal'; noted(): void } | undefined
  /** The id of the version that a token makes, if not the token. */
  versionIdOf?: ((token: string) => string) | undefined
  /** DescribeSecret shows what was so this long ago; `some`: whether this look does. */
  seenLate?: { lateMs: number; some?: () => boolean; noted(): void } | undefined
  /** What a list names of these. */
  listed?: ((names: string[]) => string[]) | undefined
  request?: (action: string) => RequestFault
  step?: (event: StepEvent) => StepFault
}): SimulatedAws {
  const { clock } = options
  const request = options.request ?? ((): RequestFault => ({}))
  const step = options.step ?? ((): StepFault => ({ delayMs: 200 }))
  const passwords = new Map<string, string>()
  const events: SecretEvent[] = []
  const calls: SimulatedAws['calls'] = []
  let ids = 0
  const newId = () => `00000000-0000-4000-8000-${String(ids++).padStart(12, '0')}`
  const context: Context = {
    state: {
      secrets: new Map(),
      listeners: options.lasting ? [] : [(event) => events.push(event)],
      place: options.place ?? PLACE,
    },
    environment: {
      now: clock.now,
      newId,
      ...(options.suffix && { suffix: options.suffix }),
      retryDelaysMs: [],
      sleep: clock.sleep,
      manage: () => `secret-value-${newId()}`,
      repeatedToken: options.repeatedToken ?? 'accept',
      ...(options.versionIdOf && { versionIdOf: options.versionIdOf }),
      async invoke(_functionArn, event) {
        const { delayMs, fails } = step(event)
        await clock.sleep(delayMs)
        if (fails) throw new Error('the rotation function failed')
        rotationStep(act, passwords, event, newId)
      },
    },
    functionExists: () => true,
    background: (work) => void work(),
  }
  const act = (action: string, input: object): unknown => {
    const known = ACTIONS[action]
    if (!known) throw new Error(`the simulated AWS has no ${action}`)
    const { SecretId } = input as { SecretId?: string }
    if (options.lasting && SecretId && action !== 'DescribeSecret' && action !== 'GetSecretValue')
      forget(findSecret(context.state, SecretId).name)
    const done = known.run(context, known.input.parse(input))
    if (options.seenLate && SecretId && action !== 'DescribeSecret') {
      sights.note(context, SecretId, () => describeSecret.run(context, { SecretId }) as object)
    }
    return done
  }
  const sights = earlierSights()
  const used = new Set<string>()
  const withUsedToken = (input: Record<string, string>, token: string): unknown => {
    if (options.usedToken && used.has(token)) {
      options.usedToken.noted()
      if (options.usedToken.answers === 'nothing') return { VersionId: options.versionIdOf?.(token) ?? token }
      throw Object.assign(new Error('You can’t use this token again.'), { name: 'InvalidRequestException' })
    }
    const answer = act('RotateSecret', input)
    if (options.usedToken) used.add(token)
    return answer
  }
  const seenNowOrThen = (input: Record<string, string>, SecretId: string): unknown => {
    const now = act('DescribeSecret', input)
    if (!options.seenLate) return now
    const { lateMs, some } = options.seenLate
    const then = some?.() === false ? undefined : sights.asOf(context, SecretId, clock.now() - lateMs)
    if (!then || JSON.stringify(then) === JSON.stringify(now)) return now
    options.seenLate.noted()
    return then
  }
  const list = (input: object): unknown => {
    const answer = act('ListSecrets', input)
    if (!options.listed) return answer
    const all = (answer as { SecretList: { Name: string }[] }).SecretList
    const byName = new Map(all.map((secret) => [secret.Name, secret]))
    return { SecretList: options.listed([...byName.keys()]).map((name) => byName.get(name)) }
  }
  /** As whoever asks over the wire sees it. */
  const answerTo = (action: string, input: Record<string, string>): unknown => {
    const { SecretId = '', ClientRequestToken: token = '' } = input
    if (action === 'RotateSecret') return withUsedToken(input, token)
    if (action === 'DescribeSecret') return seenNowOrThen(input, SecretId)
    return action === 'ListSecrets' ? list(input) : act(action, input)
  }
  const shown = new Map<string, unknown>()
  const forget = (name: string) => void shown.delete(name)
  if (options.lasting) context.state.listeners.push(({ secretName }) => forget(secretName))
  const describedAs = (input: Record<string, string>, SecretId: string): unknown => {
    const { name } = findSecret(context.state, SecretId)
    const answer = shown.get(name) ?? withDates(seenNowOrThen(input, SecretId))
    shown.set(name, answer)
    return answer
  }
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }) => {
    const action = command.constructor.name.replace(/Command$/, '')
    const { before, after, delayMs = 20, afterMs = 0 } = request(action)
    const sentAt = clock.now()
    if (delayMs > 0) await clock.sleep(delayMs)
    if (before) throw before
    const call = {
      action,
      secret: command.input.SecretId ?? '',
      ...(command.input.ClientRequestToken && { token: command.input.ClientRequestToken }),
      sentAt,
      at: clock.now(),
    }
    if (!options.lasting) calls.push(call)
    options.called?.(call)
    const { SecretId = '' } = command.input
    const isLook = options.lasting && action === 'DescribeSecret'
    const answer = isLook ? describedAs(command.input, SecretId) : withDates(answerTo(action, command.input))
    if (afterMs > 0) await clock.sleep(afterMs)
    if (after) throw after
    return answer
  }
  const config = { region: async () => 'eu-central-1' }
  return {
    client: { send, config } as unknown as SecretsManagerClient,
    context,
    calls,
    events,
    passwords,
    act,
  }
}

/** On the wire an instant is epoch seconds; the SDK makes it a Date. */
function withDates(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer
  const dated: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(answer)) {
    const isDate = typeof value === 'number' && name.endsWith('Date')
    dated[name] = isDate ? new Date(value * 1_000) : value
  }
  return dated
}

/** A secret with a rotation function and a database behind it, both at the same first value. */
export function addSecret(aws: SimulatedAws, name: string, { rotation = true } = {}): void {
  const first = `secret-value-of-${name}-0`
  aws.act('CreateSecret', {
    Name: name,
    SecretString: first,
    ClientRequestToken: `${name}-first`.padEnd(32, '0'),
  })
  aws.passwords.set(name, first)
  const secret = aws.context.state.secrets.get(name)
  if (secret && rotation) {
    secret.rotationEnabled = true
    secret.rotationFunctionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:rotate'
  }
}

/** Moves AWSCURRENT back to the version before, as people do; a version that was pending stays so. */
export function moveBack(aws: SimulatedAws, name: string): void {
  const secret = aws.context.state.secrets.get(name)
  const [previous, current] = [secret?.labels.get('AWSPREVIOUS'), secret?.labels.get('AWSCURRENT')]
  if (!previous || !current || previous === current || secret?.deletedAt !== undefined) return
  const labels = { SecretId: name, VersionStage: 'AWSCURRENT', MoveToVersionId: previous }
  aws.act('UpdateSecretVersionStage', { ...labels, RemoveFromVersionId: current })
  const { SecretString } = aws.act('GetSecretValue', { SecretId: name }) as { SecretString: string }
  aws.passwords.set(name, SecretString)
}

/** A good rotation of old, whose version kept AWSPENDING beside AWSCURRENT; then AWSCURRENT was moved back. */
export function rollBack(aws: SimulatedAws, name: string): void {
  const SecretString = `secret-value-of-${name}-old`
  const ClientRequestToken = `${name}-rolled-back-first`.padEnd(32, '0')
  const VersionStages = ['AWSPENDING', 'AWSCURRENT']
  aws.act('PutSecretValue', { SecretId: name, SecretString, ClientRequestToken, VersionStages })
  moveBack(aws, name)
}

/** The four steps against a database that is one password, each safe to repeat, as AWS's templates are. */
function rotationStep(
  act: SimulatedAws['act'],
  passwords: Map<string, string>,
  { Step, SecretId, ClientRequestToken: token }: StepEvent,
  newId: () => string,
): void {
  const secret = act('DescribeSecret', { SecretId }) as {
    Name: string
    VersionIdsToStages: Record<string, string[]>
  }
  const value = (label: string) => {
    try {
      return (act('GetSecretValue', { SecretId, VersionStage: label }) as { SecretString: string })
        .SecretString
    } catch {
      return undefined
    }
  }
  const current = Object.entries(secret.VersionIdsToStages).find(([, labels]) =>
    labels.includes('AWSCURRENT'),
  )?.[0]
  if (current === token) return
  switch (Step) {
    case 'createSecret':
      if (value('AWSPENDING') === undefined) {
        const SecretString = `secret-value-of-${secret.Name}-${newId()}`
        act('PutSecretValue', {
          SecretId,
          ClientRequestToken: token,
          SecretString,
          VersionStages: ['AWSPENDING'],
        })
      }
      return
    case 'setSecret':
      passwords.set(secret.Name, value('AWSPENDING') ?? '')
      return
    case 'testSecret':
      if (passwords.get(secret.Name) !== value('AWSPENDING'))
        throw new Error('the database refuses the new password')
      return
    case 'finishSecret':
      act('UpdateSecretVersionStage', {
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: token,
        ...(current && { RemoveFromVersionId: current }),
      })
  }
}
