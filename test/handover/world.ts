import * as ecsSdk from '@aws-sdk/client-ecs'
import * as ssmSdk from '@aws-sdk/client-ssm'
import { openAutomations } from '../../src/aws/automations.ts'
import { openEcsServices } from '../../src/aws/ecs-services.ts'
import { handOver } from '../../src/handover/hand-over.ts'
import type { HandoverPorts } from '../../src/handover/ports.ts'
import { deploy, ECS_ACTIONS, type LocalEcsService, type Rollout } from '../../src/local/ecs.ts'
import {
  getAutomationExecution,
  type LocalRunbook,
  type RunbookExecution,
  startAutomationExecution,
} from '../../src/local/runbooks.ts'
import type { Finding } from '../../src/model/finding.ts'
import { beginHandover, type HandoverTerms } from '../../src/model/handover.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { iso } from '../../src/model/time.ts'
import { AwsError } from '../../src/rehearse/secrets-manager/error.ts'
import type { Action } from '../../src/rehearse/secrets-manager/input.ts'
import { virtualClock } from '../../src/rehearse/world/clock.ts'
import { type CrashPoint, runDurable } from '../../src/rehearse/world/durable.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { aClaim } from '../ledger/table.ts'

export const ROTATED = Date.parse('2026-11-29T03:00:10Z')

/** What happens to one call: thrown before its effect, or after it. */
export type CallFault = { before?: Error; after?: Error }

type Options = {
  /** Asked of each call, by the action's name. */
  fault?: (action: string) => CallFault | undefined
  invoke?: (functionName: string, event: unknown) => Promise<unknown>
}

const ACTIONS: Record<string, Action<never>> = {
  ...ECS_ACTIONS,
  StartAutomationExecution: startAutomationExecution,
  GetAutomationExecution: getAutomationExecution,
}

/** ECS, runbooks and functions in virtual time: the local AWS's own engines behind the SDK's `send`. */
export function handoverWorld({ fault = () => undefined, invoke }: Options = {}) {
  const clock = virtualClock(ROTATED + 1_000)
  const ledger = memoryLedger()
  const ecsServices = new Map<string, LocalEcsService>()
  const runbooks = new Map<string, LocalRunbook>()
  const runbookExecutions = new Map<string, RunbookExecution>()
  const state = { ecsServices, runbooks, runbookExecutions, now: clock.now }
  const findings: Finding[] = []
  const calls: string[] = []
  const invoked: { functionName: string; event: unknown }[] = []
  const send = async (action: string, input: unknown) => {
    await clock.sleep(20)
    const harm = fault(action)
    if (harm?.before) throw harm.before
    calls.push(action)
    const answer = act(action, input, state)
    if (harm?.after) throw harm.after
    return answer
  }
  const client = {
    send: async (command: { constructor: { name: string }; input: unknown }) =>
      dated(await send(command.constructor.name.replace(/Command$/, ''), command.input)),
  }
  const guarded = (alive: () => boolean): HandoverPorts => {
    const guard =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> =>
        alive() ? call(...args) : new Promise(() => {})
    const services = openEcsServices({
      sdk: ecsSdk,
      client: client as never,
      once: client as never,
    })
    const automations = openAutomations({ sdk: ssmSdk, client: client as never })
    return {
      ledger: {
        get: guard(ledger.get),
        query: ledger.query,
        noteConsumer: guard(ledger.noteConsumer),
        endHandover: guard(ledger.endHandover),
      },
      services: { look: guard(services.look), deployAnew: guard(services.deployAnew) },
      automations: { start: guard(automations.start), look: guard(automations.look) },
      invoke: guard(async (functionName, event) => {
        await clock.sleep(20)
        invoked.push({ functionName, event })
        return invoke?.(functionName, event)
      }),
      notifyFindings: async (some) => void findings.push(...some),
      log: () => {},
      now: clock.now,
    }
  }
  return {
    ...{ clock, ledger, ecsServices, runbooks, runbookExecutions, findings, calls, invoked },
    service(name: string, ...rollouts: Rollout[]): LocalEcsService {
      const service: LocalEcsService = { desired: 2, rollouts: [{ takesMs: 0 }], deployments: [] }
      deploy(service, ROTATED - 3_600_000)
      deploy(service, ROTATED - 3_500_000)
      service.rollouts = rollouts.length > 0 ? rollouts : [{ takesMs: 30_000 }]
      ecsServices.set(name, service)
      return service
    },
    /** A rotation that has succeeded, as its run has left it. */
    async rotated(terms: HandoverTerms, { at = ROTATED, secret = 'prod/db' } = {}): Promise<Rotation> {
      const claim = aClaim({ secret, scheduledAt: iso(at - 10_000), claimedAt: iso(at - 10_000) })
      await ledger.claim(claim)
      const change = {
        status: 'SUCCEEDED',
        rotatedAt: iso(at),
        at: iso(at),
        ...beginHandover(terms, at),
      } as const
      return ledger.transition(claim.rotationId, ['CLAIMED'], change)
    },
    handOver: (
      rotationId: string,
      { crash }: { crash?: (operation: string, point: CrashPoint) => boolean } = {},
    ) =>
      runDurable({ clock, ...(crash && { crash }) }, (steps, alive) =>
        handOver(steps, { rotationId }, guarded(alive)),
      ),
  }
}

export function forced({ deployments }: LocalEcsService): number {
  return deployments.filter((it) => it.forced).length
}

/** How the SDK says that AWS refused. */
export function refusal(name: string, status = 400): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } })
}

function act(action: string, input: unknown, state: object): unknown {
  const { input: schema, run } = ACTIONS[action] as Action<object>
  try {
    return run(state, schema.parse(input))
  } catch (error) {
    if (error instanceof AwsError)
      throw Object.assign(refusal(error.code, error.status), { message: error.message })
    throw error
  }
}

/** Times as the SDK gives them. */
function dated(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) =>
    /^(created|updated)At$/.test(key) ? new Date(value * 1_000) : value,
  )
}
