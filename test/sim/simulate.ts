import { moveBack } from '../../src/rehearse/world/aws.ts'
import { keepPolicy } from '../../src/rotation/policy.ts'
import { type Aftermath, violationsOf } from './invariants.ts'
import { moveIt } from './moving.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { deployedConfig, INSTANT, simulatedStage } from './stage.ts'
import { type SwitchName, switched, switchesOf } from './switches.ts'

const HOUR = 3_600_000

/** Makes a scenario worse; runs something beside it. */
export type Variation = {
  /** Switches that are on; default: those of the seed. */
  on?: SwitchName[]
  /** Without any other fault of chance. */
  calm?: boolean
  worsen?: (scenario: Scenario) => Scenario
  beside?: (stage: Aftermath['stage']) => Promise<void>
}

/** Runs one seed in virtual time, and answers with what it violated: empty is well. */
export async function simulate(
  seed: number,
  { worsen = (scenario) => scenario, beside, on = switchesOf(seed), calm = false }: Variation = {},
): Promise<{ violations: string[]; aftermath: Aftermath }> {
  const scenario = switched(worsen(scenarioOf(seed, { calm })), on)
  const stage = simulatedStage(scenario.stage)
  scenario.clock.now = stage.clock.now
  const aftermath: Aftermath = {
    scenario,
    stage,
    events: stage.aws.events,
    holds: [],
    ended: 0,
    moves: new Map(),
    audited: beside !== undefined,
    thrown: [],
    killed: [],
  }
  void keepPolicyOf(stage)
  for (const delivery of scenario.deliveries) void deliver(aftermath, delivery)
  for (const { at, does } of scenario.people) void act(aftermath, at, does)
  void beside?.(stage).catch((error: unknown) => aftermath.thrown.push(error))
  await stage.clock.runUntil(INSTANT + 4 * HOUR)
  return { violations: await violationsOf(aftermath), aftermath }
}

/** The audit notes what a deploy forbids, minutes after it. */
async function keepPolicyOf({ options: { deployed }, clock, policies, config }: Aftermath['stage']) {
  if (deployed === undefined) return
  await clock.sleep(deployed.keptAt - clock.now())
  await keepPolicy(policies, deployedConfig(config, deployed), clock.now())
}

async function deliver(aftermath: Aftermath, { at, request, crash, killed }: Scenario['deliveries'][number]) {
  const { stage } = aftermath
  await stage.clock.sleep(at - stage.clock.now())
  try {
    const end = await stage.deliver(request, { crash, restart: !killed })
    if (end) aftermath.ended++
  } catch (error) {
    aftermath.thrown.push(error)
  }
}

async function act(aftermath: Aftermath, at: number, does: Scenario['people'][number]['does']) {
  const { stage, holds } = aftermath
  await stage.clock.sleep(at - stage.clock.now())
  const now = new Date(at).toISOString()
  switch (does.act) {
    case 'hold': {
      const { id, scope, until = Number.POSITIVE_INFINITY } = does
      const end = Number.isFinite(until) ? { until: new Date(until).toISOString() } : {}
      await stage.holds.place({ id, scope, reason: 'incident', by: 'ana', placedAt: now, ...end })
      holds.push({ id, scope, from: at, to: until, until })
      return
    }
    case 'release':
      await stage.holds.release(does.scope, does.id, 'ana', now)
      for (const hold of holds) if (hold.id === does.id) hold.to = Math.min(hold.to, at)
      return
    case 'skip':
      await stage.exceptions.place({
        ...{ id: does.id, schedule: 'nightly', scheduledAt: new Date(INSTANT).toISOString() },
        ...{ by: 'ana', reason: 'CHG-1', placedAt: now },
      })
      return
    case 'move':
    case 'move on':
    case 'take back':
      await moveIt(aftermath, does)
      return
    case 'ask ahead':
      await stage.ask()
      return
    case 'answer':
      await stage.answer({ status: does.status, by: does.by }, { dies: does.dies })
      return
    case 'delete':
      stage.aws.act('DeleteSecret', { SecretId: does.secret })
      return
    case 'move back':
      moveBack(stage.aws, does.secret)
      return
    case 'switch off': {
      const secret = stage.aws.context.state.secrets.get(does.secret)
      if (secret) secret.rotationEnabled = false
      return
    }
    case 'store by hand': {
      if (stage.aws.context.state.secrets.get(does.secret)?.deletedAt !== undefined) return
      const ClientRequestToken = `by-hand-${does.secret}`.padEnd(32, '0')
      const SecretString = `secret-value-of-${does.secret}-by-hand`
      stage.aws.act('PutSecretValue', { SecretId: does.secret, SecretString, ClientRequestToken })
      stage.aws.passwords.set(does.secret, SecretString)
    }
  }
}
