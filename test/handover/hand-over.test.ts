import { describe, expect, it } from 'vitest'
import { FunctionFailed } from '../../src/aws/invoke-hook.ts'
import { deploy } from '../../src/local/ecs.ts'
import type { Handover } from '../../src/model/handover.ts'
import type { CrashPoint } from '../../src/rehearse/world/durable.ts'
import { type CallFault, forced, handoverWorld, ROTATED, refusal } from './world.ts'

type World = ReturnType<typeof handoverWorld>

const HOUR = 3_600_000

/** Lets the world run for hours, and answers with the handover as it stands then. */
async function outcome(
  world: World,
  rotationId: string,
  ...executions: Promise<unknown>[]
): Promise<Handover> {
  const ended = Promise.all(executions)
  await world.clock.runUntil(ROTATED + 4 * HOUR)
  await ended
  const { handover } = (await world.ledger.get(rotationId)) ?? {}
  if (!handover) throw new Error('there is no handover')
  return handover
}

async function refreshed(world: World, consumers: string[], strategy?: 'alternating'): Promise<Handover> {
  const { rotationId } = await world.rotated({ consumers, ...(strategy && { strategy }) })
  return outcome(world, rotationId, world.handOver(rotationId))
}

const states = ({ consumers }: Handover) => consumers.map(({ state }) => state)

/** The n-th call of this action meets it, and no other. */
function once(action: string, fault: CallFault, nth = 1) {
  let seen = 0
  return (asked: string) => (asked === action && ++seen === nth ? fault : undefined)
}

describe('a single user', () => {
  it('all are refreshed, each once, and nobody is stopped by one that fails', async () => {
    const world = handoverWorld({ invoke: async () => ({ ok: true }) })
    const api = world.service('shop/api')
    const bad = world.service('shop/bad', { takesMs: 60_000, ends: 'failed' })
    world.runbooks.set('restart', { takesMs: 90_000 })
    const handover = await refreshed(world, ['ecs:shop/bad', 'ecs:shop/api', 'ssm:restart', 'invoke:warm'])
    expect(handover.status).toBe('PARTIAL')
    expect(states(handover)).toEqual(['FAILED', 'FRESH', 'FRESH', 'FRESH'])
    expect([forced(api), forced(bad), world.runbookExecutions.size, world.invoked.length]).toEqual([
      1, 1, 1, 1,
    ])
    expect(world.invoked[0]?.event).toMatchObject({ secret: 'prod/db', consumer: 'invoke:warm' })
    expect(world.findings).toMatchObject([
      {
        kind: 'HANDOVER',
        secret: 'prod/db',
        message: expect.stringMatching(/^PARTIAL: 3 of 4 fresh; ecs:shop\/bad FAILED: /),
      },
    ])
  })

  it('is told of nothing where all is well', async () => {
    const world = handoverWorld()
    world.service('shop/api')
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(world.findings).toEqual([])
  })
})

describe('alternating users', () => {
  it('the rest is left alone where the first comes to nothing: the old login lives', async () => {
    const world = handoverWorld()
    const first = world.service('shop/first', { takesMs: 60_000, ends: 'rolled back' })
    const rest = world.service('shop/rest')
    const handover = await refreshed(world, ['ecs:shop/first', 'ecs:shop/rest'], 'alternating')
    expect([handover.status, states(handover)]).toEqual(['FAILED', ['FAILED', 'WAITING']])
    expect([forced(first), forced(rest)]).toEqual([1, 0])
  })

  it('the rest begins once the first is steady', async () => {
    const world = handoverWorld()
    const first = world.service('shop/first', { takesMs: 300_000 })
    const rest = world.service('shop/rest')
    const handover = await refreshed(world, ['ecs:shop/first', 'ecs:shop/rest'], 'alternating')
    expect([handover.status, states(handover)]).toEqual(['DONE', ['FRESH', 'FRESH']])
    const began = (of: typeof rest) => of.deployments.find((it) => it.forced)?.createdAt ?? 0
    expect(began(rest)).toBeGreaterThanOrEqual(began(first) + 300_000)
  })
})

describe('an ECS service', () => {
  it('another’s deployment after the rotation is followed, and none is asked for', async () => {
    const world = handoverWorld()
    const api = world.service('shop/api')
    deploy(api, ROTATED + 500)
    const handover = await refreshed(world, ['ecs:shop/api'])
    expect([handover.status, forced(api)]).toEqual(['DONE', 0])
  })

  it('another’s that was under way before the rotation is not enough', async () => {
    const world = handoverWorld()
    const api = world.service('shop/api', { takesMs: 600_000 }, { takesMs: 30_000 })
    deploy(api, ROTATED - 500)
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(forced(api)).toBe(1)
  })

  it('another’s that comes to nothing is no reason not to ask', async () => {
    const world = handoverWorld()
    const api = world.service('shop/api', { takesMs: 60_000, ends: 'rolled back' }, { takesMs: 30_000 })
    deploy(api, ROTATED + 500)
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(forced(api)).toBe(1)
  })

  it.each([
    ['rolled back', /rolling back|in the place of/],
    ['rolled back to the old one', /is gone, and none is newer: rolled back/],
    ['failed', /tasks failed to start/],
  ] as const)('one that is %s is not fresh', async (ends, words) => {
    const world = handoverWorld()
    const api = world.service('shop/api', { takesMs: 240_000, ends })
    const handover = await refreshed(world, ['ecs:shop/api'])
    expect(states(handover)).not.toContain('FRESH')
    expect(handover.consumers[0]?.detail).toMatch(words)
    expect(forced(api)).toBe(1)
  })

  it('one that is stuck is unknown after an hour', async () => {
    const world = handoverWorld()
    const api = world.service('shop/api', { takesMs: 0, ends: 'stuck' })
    const handover = await refreshed(world, ['ecs:shop/api'])
    expect([handover.status, states(handover)]).toEqual(['PARTIAL', ['UNKNOWN']])
    expect(handover.consumers[0]?.detail).toMatch(/^not over after 60 min: .* 0 of 2 tasks run$/)
    expect(forced(api)).toBe(1)
  })

  it.each([
    ['its answer got lost', { after: new Error('socket hang up') }],
    ['AWS failed after its effect', { after: refusal('ServerException', 500) }],
    ['the request never came', { before: new Error('socket hang up') }],
    ['it was throttled', { before: refusal('ThrottlingException') }],
    ['IAM did not know yet', { before: refusal('AccessDeniedException') }],
  ])('is deployed once where %s', async (_, fault) => {
    const world = handoverWorld({ fault: once('UpdateService', fault) })
    const api = world.service('shop/api')
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(forced(api)).toBe(1)
  })

  it('is deployed once where ECS shows it late and the answer got lost', async () => {
    const world = handoverWorld({ fault: once('UpdateService', { after: new Error('socket hang up') }) })
    const api = world.service('shop/api')
    api.seenLateMs = 45_000
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(forced(api)).toBe(1)
  })

  it('throttled looks make it late, and no more', async () => {
    let looks = 0
    const world = handoverWorld({
      fault: (action) =>
        action === 'DescribeServices' && looks++ < 4 ? { before: refusal('ThrottlingException') } : undefined,
    })
    const api = world.service('shop/api')
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
    expect(forced(api)).toBe(1)
  })

  it.each([
    ['is not there', () => {}, /knows no service shop\/gone: MISSING/],
    [
      'is deployed by others',
      (world: World) => (world.service('shop/gone').controller = 'CODE_DEPLOY'),
      /made by CODE_DEPLOY/,
    ],
    ['is going', (world: World) => (world.service('shop/gone').status = 'DRAINING'), /is DRAINING/],
  ])('says so where it %s', async (_, arrange, words) => {
    const world = handoverWorld()
    world.service('shop/api')
    arrange(world)
    const handover = await refreshed(world, ['ecs:shop/gone'])
    expect([handover.status, handover.consumers[0]?.detail]).toEqual(['FAILED', expect.stringMatching(words)])
  })

  it('whom IAM refuses for good has failed', async () => {
    const world = handoverWorld({
      fault: (action) =>
        action === 'UpdateService' ? { before: refusal('AccessDeniedException') } : undefined,
    })
    world.service('shop/api')
    expect(states(await refreshed(world, ['ecs:shop/api']))).toEqual(['FAILED'])
  })

  it('behind a Classic Load Balancer is steady when nothing else is deployed', async () => {
    const world = handoverWorld()
    world.service('shop/api').classic = true
    expect((await refreshed(world, ['ecs:shop/api'])).status).toBe('DONE')
  })
})

describe('a runbook', () => {
  it.each([
    ['same', undefined, 'FRESH'],
    ['a refusal', 'refused' as const, 'UNKNOWN'],
  ])(
    'starts once where its answer got lost, and a used token answers with %s',
    async (_, usedToken, state) => {
      const world = handoverWorld({
        fault: once('StartAutomationExecution', { after: new Error('socket hang up') }),
      })
      world.runbooks.set('restart', { takesMs: 60_000, ...(usedToken && { usedToken }) })
      expect(states(await refreshed(world, ['ssm:restart']))).toEqual([state])
      expect(world.runbookExecutions.size).toBe(1)
    },
  )

  it.each(['Failed', 'Cancelled', 'TimedOut', 'Exited'])('that ends %s has failed', async (ends) => {
    const world = handoverWorld()
    world.runbooks.set('restart', { takesMs: 60_000, ends })
    expect(states(await refreshed(world, ['ssm:restart']))).toEqual(['FAILED'])
  })

  it('that wants parameters, or is not there, is told in AWS’s words', async () => {
    const world = handoverWorld()
    world.runbooks.set('restart', { requires: ['Cluster'] })
    const { consumers } = await refreshed(world, ['ssm:restart', 'ssm:none'])
    expect(consumers.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/InvalidAutomationExecutionParameters.*Missing parameter: Cluster/),
      expect.stringMatching(/AutomationDefinitionNotFound/),
    ])
  })
})

describe('a function', () => {
  it('is called again where it fails, three times in all, with the same rotation’s id', async () => {
    const world = handoverWorld({ invoke: () => Promise.reject(new FunctionFailed('cold')) })
    expect(states(await refreshed(world, ['invoke:warm']))).toEqual(['FAILED'])
    expect(world.invoked).toHaveLength(3)
    expect(new Set(world.invoked.map(({ event }) => (event as { rotationId: string }).rotationId)).size).toBe(
      1,
    )
  })

  it.each([
    ['Lambda throttles', refusal('TooManyRequestsException', 429)],
    ['nothing can be connected to', Object.assign(new Error('no'), { code: 'ECONNREFUSED' })],
  ])('has not been called while %s: it is called once that is over', async (_, error) => {
    let refused = 0
    const world = handoverWorld({
      async invoke() {
        if (world.clock.now() > ROTATED + 20 * 60_000) return { ok: true }
        refused++
        throw error
      },
    })
    const { consumers } = await refreshed(world, ['invoke:warm'])
    expect(consumers).toMatchObject([{ state: 'FRESH', sent: 1 }])
    expect(refused).toBeGreaterThan(10)
  })

  it('throttled for longer than an hour is unknown, and says why', async () => {
    const world = handoverWorld({ invoke: () => Promise.reject(refusal('TooManyRequestsException', 429)) })
    expect((await refreshed(world, ['invoke:warm'])).consumers).toMatchObject([
      { state: 'UNKNOWN', detail: 'not over after 60 min: TooManyRequestsException' },
    ])
  })

  it('is not said to have failed where the last of its answers was lost', async () => {
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    const answers = [new FunctionFailed('cold'), new FunctionFailed('cold'), lost]
    const world = handoverWorld({ invoke: () => Promise.reject(answers.shift()) })
    expect((await refreshed(world, ['invoke:warm'])).consumers[0]).toMatchObject({
      state: 'UNKNOWN',
      detail: 'call 3: socket hang up',
    })
  })

  it('may say no', async () => {
    const world = handoverWorld({ invoke: async () => ({ ok: false, reason: 'two pods are old' }) })
    expect((await refreshed(world, ['invoke:warm'])).consumers[0]).toMatchObject({
      state: 'FAILED',
      detail: 'two pods are old',
    })
  })
})

describe('crashes and duplicates', () => {
  const CONSUMERS = ['ecs:shop/one', 'ecs:shop/two', 'ssm:restart']

  function arranged() {
    const world = handoverWorld()
    const services = [world.service('shop/one'), world.service('shop/two', { takesMs: 90_000 })]
    world.runbooks.set('restart', { takesMs: 60_000 })
    return { world, services }
  }

  it.each([undefined, 'alternating' as const])(
    'end in one refresh each, wherever the process dies (%s)',
    async (strategy) => {
      const terms = { consumers: CONSUMERS, ...(strategy && { strategy }) }
      const run = async (at: number) => {
        let asked = 0
        const where: string[] = []
        const crash = (operation: string, point: CrashPoint) => {
          if (asked++ !== at) return false
          where.push(`${operation} ${point}`)
          return true
        }
        const { world, services } = arranged()
        const { rotationId } = await world.rotated(terms)
        const handover = await outcome(world, rotationId, world.handOver(rotationId, { crash }))
        expect(handover.status, where[0]).toBe('DONE')
        expect(services.map(forced), where[0]).toEqual([1, 1])
        expect(world.runbookExecutions.size, where[0]).toBe(1)
        return asked
      }
      const points = await run(-1)
      expect(points).toBeGreaterThan(40)
      for (let point = 0; point < points; point++) await run(point)
    },
  )

  it('two executions of one rotation refresh each consumer once', async () => {
    const { world, services } = arranged()
    const { rotationId } = await world.rotated({ consumers: CONSUMERS })
    const later = world.clock.sleep(7).then(() => world.handOver(rotationId))
    const handover = await outcome(world, rotationId, world.handOver(rotationId), later)
    expect(handover.status).toBe('DONE')
    expect([...services.map(forced), world.runbookExecutions.size]).toEqual([1, 1, 1])
  })

  it('one that has ended is left alone', async () => {
    const { world, services } = arranged()
    const { rotationId } = await world.rotated({ consumers: CONSUMERS })
    await outcome(world, rotationId, world.handOver(rotationId))
    const again = world.handOver(rotationId)
    await world.clock.runUntil(ROTATED + 6 * HOUR)
    expect(await again).toEqual({ rotationId, status: 'DONE' })
    expect(services.map(forced)).toEqual([1, 1])
  })

  it('a later rotation’s handover ends the earlier one, which asks nobody any more', async () => {
    const world = handoverWorld()
    const slow = world.service('shop/slow', { takesMs: 1_200_000 }, { takesMs: 60_000 })
    const rest = world.service('shop/rest')
    const terms = { consumers: ['ecs:shop/slow', 'ecs:shop/rest'], strategy: 'alternating' as const }
    const first = await world.rotated(terms)
    const running = world.handOver(first.rotationId)
    await world.clock.runUntil(ROTATED + 600_000)
    const second = await world.rotated(terms, { at: ROTATED + 600_000 })
    const handover = await outcome(world, second.rotationId, running, world.handOver(second.rotationId))
    expect(handover.status).toBe('DONE')
    expect((await world.ledger.get(first.rotationId))?.handover?.status).toBe('SUPERSEDED')
    expect([forced(slow), forced(rest)]).toEqual([2, 1])
    expect(world.findings).toEqual([])
  })

  it('an earlier rotation’s handover that comes late does nothing', async () => {
    const { world, services } = arranged()
    const first = await world.rotated({ consumers: CONSUMERS })
    await world.rotated({ consumers: CONSUMERS }, { at: ROTATED + 5_000 })
    const handover = await outcome(world, first.rotationId, world.handOver(first.rotationId))
    expect([handover.status, services.map(forced)]).toEqual(['SUPERSEDED', [0, 0]])
  })

  it('a kind that this release does not know is left, and said to be unknown', async () => {
    const world = handoverWorld()
    expect(states(await refreshed(world, ['eks:prod/api']))).toEqual(['UNKNOWN'])
  })
})
