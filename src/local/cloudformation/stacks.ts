import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../model/text.ts'
import { AwsError } from '../../rehearse/secrets-manager/error.ts'
import { ACCOUNT, REGION } from '../arn.ts'
import { type Fault, faultError, takeFault } from '../fault.ts'
import type { Kinds } from './kinds.ts'
import { inOrder, type Made, readTemplate, resolved, type Template } from './template.ts'

export type Stack = {
  /** Its ARN. */
  id: string
  name: string
  status: string
  reason?: string
  createdAt: number
  deletedAt?: number
  token?: string | undefined
  tags: Record<string, string>
  outputs: Record<string, string>
  /** What stands, by logical id, in the order in which it was made. */
  resources: Map<string, Made & { type: string; status: string }>
  /** Oldest first. */
  events: StackEvent[]
}

type StackEvent = {
  id: string
  logicalId: string
  physicalId: string
  type: string
  status: string
  reason?: string
  at: number
}

export type Stacks = {
  /** By ARN, deleted ones too. */
  all: Map<string, Stack>
  /** Answers at once: the resources follow. @throws AwsError AlreadyExistsException, ValidationError, … */
  create(request: CreateRequest): Stack
  /** By name, of those that live, or by ARN. @throws AwsError ValidationError */
  find(nameOrId: string): Stack
  /** Answers at once; nothing where there is no such stack. */
  remove(nameOrId: string): void
}

export type CreateRequest = {
  name: string
  template: string
  tags: Record<string, string>
  capabilities: string[]
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  /** The same name with the same token is the same request, sent again. */
  token?: string | undefined
}

/**
 * Stacks of a few kinds of resources, one at a time, each in a moment of its own. Faults of the service
 * `cloudformation` hit resources, too: `Create AWS::SNS::Topic`, `Delete AWS::SNS::Topic`.
 * Source: CloudFormation API reference; User Guide, using-cfn-describing-stacks.
 */
export function cloudFormationStacks(options: {
  all: Map<string, Stack>
  kinds: Kinds
  faults: Fault[]
  now(): number
  /** How long a resource takes, milliseconds. */
  stepMs: number
  background(work: () => Promise<void>): void
  signal: AbortSignal
}): Stacks {
  const { all, kinds, faults, now } = options

  function say(stack: Stack, event: Omit<StackEvent, 'id' | 'at'>) {
    stack.events.push({ id: randomUUID(), at: now(), ...event })
  }

  function become(stack: Stack, status: string, reason?: string) {
    stack.status = status
    delete stack.reason
    if (reason !== undefined) stack.reason = reason
    const type = 'AWS::CloudFormation::Stack'
    say(stack, {
      logicalId: stack.name,
      physicalId: stack.id,
      type,
      status,
      ...(reason !== undefined && { reason }),
    })
  }

  async function step(action: string, type: string) {
    await sleep(options.stepMs, undefined, { signal: options.signal })
    const fault = takeFault(faults, 'cloudformation', `${action} ${type}`, () => undefined)
    const error = fault && faultError(fault)
    if (error) throw error
    if (fault?.kind === 'delay') await sleep(fault.delayMs ?? 1_000, undefined, { signal: options.signal })
  }

  async function build(stack: Stack, template: Template, onFailure: CreateRequest['onFailure']) {
    for (const logicalId of inOrder(template)) {
      // A stack that is being deleted makes nothing more.
      if (stack.status !== 'CREATE_IN_PROGRESS' || !(await makeOne(stack, template, logicalId, onFailure)))
        return
    }
    for (const [name, { Value }] of Object.entries(template.Outputs ?? {}))
      stack.outputs[name] = String(resolved(Value, stack.resources, stack))
    if (stack.status === 'CREATE_IN_PROGRESS') become(stack, 'CREATE_COMPLETE')
  }

  /** Whether it stands. */
  async function makeOne(
    stack: Stack,
    template: Template,
    logicalId: string,
    onFailure: CreateRequest['onFailure'],
  ): Promise<boolean> {
    const { Type: type, Properties = {} } = template.Resources[logicalId] as Template['Resources'][string]
    const about = { logicalId, type }
    say(stack, { ...about, physicalId: '', status: 'CREATE_IN_PROGRESS' })
    try {
      await step('Create', type)
      const made = await kinds.make(type, logicalId, resolved(Properties, stack.resources, stack))
      stack.resources.set(logicalId, { ...made, type, status: 'CREATE_COMPLETE' })
      say(stack, { ...about, physicalId: made.id, status: 'CREATE_COMPLETE' })
      return true
    } catch (error) {
      options.signal.throwIfAborted()
      const reason = messageOf(error)
      say(stack, { ...about, physicalId: '', status: 'CREATE_FAILED', reason })
      if (stack.status === 'CREATE_IN_PROGRESS') await giveUp(stack, logicalId, onFailure)
      return false
    }
  }

  async function giveUp(stack: Stack, logicalId: string, onFailure: CreateRequest['onFailure']) {
    const reason = `The following resource(s) failed to create: [${logicalId}].`
    if (onFailure === 'DO_NOTHING') return become(stack, 'CREATE_FAILED', reason)
    const [under, over] =
      onFailure === 'DELETE' ? ['DELETE_IN_PROGRESS', 'DELETE'] : ['ROLLBACK_IN_PROGRESS', 'ROLLBACK']
    become(stack, under, `${reason} Rollback requested by user.`)
    await takeAway(stack, over)
  }

  async function takeAway(stack: Stack, word: string) {
    const failed: string[] = []
    for (const [logicalId, { id, type, attributes }] of [...stack.resources].reverse()) {
      const about = { logicalId, physicalId: id, type }
      say(stack, { ...about, status: 'DELETE_IN_PROGRESS' })
      try {
        await step('Delete', type)
        await kinds.remove(type, { id, attributes })
        stack.resources.delete(logicalId)
        say(stack, { ...about, status: 'DELETE_COMPLETE' })
      } catch (error) {
        options.signal.throwIfAborted()
        const reason = messageOf(error)
        say(stack, { ...about, status: 'DELETE_FAILED', reason })
        failed.push(logicalId)
      }
    }
    if (failed.length > 0) {
      return become(
        stack,
        `${word}_FAILED`,
        `The following resource(s) failed to delete: [${failed.join(', ')}]. `,
      )
    }
    become(stack, `${word}_COMPLETE`)
    if (word === 'DELETE') stack.deletedAt = now()
  }

  const living = (nameOrId: string) =>
    [...all.values()].find(
      (it) => it.id === nameOrId || (it.name === nameOrId && it.status !== 'DELETE_COMPLETE'),
    )

  return {
    all,
    create({ name, template: body, tags, capabilities, onFailure, token }) {
      if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
        throw new AwsError('ValidationError', `Value '${name}' at 'stackName' failed to satisfy constraint`)
      }
      const known = living(name)
      if (known && token !== undefined && known.token === token) return known
      if (known) throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
      const template = readTemplate(body)
      inOrder(template)
      const roles = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
      const needed = roles.some(({ Properties }) => Properties?.RoleName !== undefined)
        ? ['CAPABILITY_NAMED_IAM']
        : ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']
      if (roles.length > 0 && !needed.some((it) => capabilities.includes(it))) {
        throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed[0]}]`)
      }
      for (const { Type } of Object.values(template.Resources)) kinds.check(Type)
      const stack: Stack = {
        id: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/${randomUUID()}`,
        ...{ name, token, tags, status: '', createdAt: now(), outputs: {}, resources: new Map(), events: [] },
      }
      all.set(stack.id, stack)
      become(stack, 'CREATE_IN_PROGRESS', 'User Initiated')
      options.background(() => build(stack, template, onFailure))
      return stack
    },
    find(nameOrId) {
      const stack = living(nameOrId)
      if (!stack) throw new AwsError('ValidationError', `Stack with id ${nameOrId} does not exist`)
      return stack
    },
    remove(nameOrId) {
      const stack = living(nameOrId)
      if (!stack || /^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status)) return
      // What is being made at this moment is made first.
      const wasBuilding = /_IN_PROGRESS$/.test(stack.status)
      become(stack, 'DELETE_IN_PROGRESS', 'User Initiated')
      options.background(async () => {
        if (wasBuilding) await sleep(2 * options.stepMs, undefined, { signal: options.signal })
        await takeAway(stack, 'DELETE')
      })
    },
  }
}
