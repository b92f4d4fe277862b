import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Action } from '../../src/local/input.ts'
import { createSecret } from '../../src/local/secrets-manager/actions/create-secret.ts'
import { deleteSecret } from '../../src/local/secrets-manager/actions/delete-secret.ts'
import { describeSecret } from '../../src/local/secrets-manager/actions/describe-secret.ts'
import { getSecretValue } from '../../src/local/secrets-manager/actions/get-secret-value.ts'
import { listSecrets } from '../../src/local/secrets-manager/actions/list-secrets.ts'
import { putSecretValue } from '../../src/local/secrets-manager/actions/put-secret-value.ts'
import { rotateSecret } from '../../src/local/secrets-manager/actions/rotate-secret.ts'
import { tagResource } from '../../src/local/secrets-manager/actions/tag-resource.ts'
import { updateSecretVersionStage } from '../../src/local/secrets-manager/actions/update-secret-version-stage.ts'
import type { Context } from '../../src/local/secrets-manager/context.ts'
import type { StepEvent } from '../../src/local/secrets-manager/rotation.ts'
import type { SecretEvent } from '../../src/local/secrets-manager/secret.ts'
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
export type RequestFault = { before?: Error; after?: Error; delayMs?: number }

/** What happens to one step of a rotation function: it takes this long, and may fail. */
export type StepFault = { delayMs: number; fails?: boolean }

export type SimulatedAws = {
  /** A client for the orchestrator: the local AWS's own engine behind the SDK's `send`. */
  client: SecretsManagerClient
  context: Context
  /** Requests that had their effect, the orchestrator's only. */
  calls: { action: string; secret: string; token?: string; at: number }[]
  events: SecretEvent[]
  /** The databases behind the secrets: the password that each accepts now. */
  passwords: Map<string, string>
  /** Runs an action as somebody else: an operator, a rotation function. */
  act(action: string, input: object): unknown
}

export function simulatedAws(options: {
  clock: Clock
  repeatedToken?: 'accept' | 'refuse'
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
    state: { secrets: new Map(), listeners: [(event) => events.push(event)] },
    environment: {
      now: clock.now,
      newId,
      retryDelaysMs: [],
      sleep: clock.sleep,
      manage: () => `secret-value-${newId()}`,
      repeatedToken: options.repeatedToken ?? 'accept',
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
    return known.run(context, known.input.parse(input))
  }
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }) => {
    const action = command.constructor.name.replace(/Command$/, '')
    const { before, after, delayMs = 20 } = request(action)
    await clock.sleep(delayMs)
    if (before) throw before
    calls.push({
      action,
      secret: command.input.SecretId ?? '',
      ...(command.input.ClientRequestToken && { token: command.input.ClientRequestToken }),
      at: clock.now(),
    })
    const answer = withDates(act(action, command.input))
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
  const dated = (name: string, value: unknown) =>
    name.endsWith('Date') && typeof value === 'number' ? new Date(value * 1_000) : value
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, dated(name, value)]))
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
