import { expect, it } from 'vitest'
import { observationIn } from '../../src/audit/observation.ts'
import { observe } from '../../src/audit/observe.ts'
import { observeEnd } from '../../src/audit/run-end.ts'
import { SETTLED } from '../../src/ledger/rotation.ts'
import type { SecretEvent } from '../../src/local/secrets-manager/secret.ts'
import { rotationIdOf } from '../../src/rotation/identity.ts'
import { type Random, seeded } from '../sim/random.ts'
import type { Scenario } from '../sim/scenario.ts'
import { type Aftermath, simulate } from '../sim/simulate.ts'
import { deployedConfig, INSTANT } from '../sim/stage.ts'
import { auditorOf, observerOf, rowsOf } from './auditor.ts'
import { eventBridgeEvent } from './events.ts'

const SEEDS = Number(process.env.SEEDS ?? 150)
const FROM = Number(process.env.FROM ?? 1)
const MINUTE = 60_000

/** Every run may be killed for good, at any point; some deliveries never come. */
function worsened(scenario: Scenario): Scenario {
  const random = seeded(scenario.seed + 0xa0d17)
  const dies = random.pick([0.002, 0.02, 0.1])
  const deliveries = scenario.deliveries
    .filter(({ request }) => 'requestId' in request || !random.chance(0.3))
    .map((delivery) =>
      random.chance(0.5) ? { ...delivery, killed: true, crash: () => random.chance(dies) } : delivery,
    )
  return { ...scenario, deliveries }
}

/** Audits until nothing can be left: now and then two at once, or one that dies, or none for an hour. */
async function audits(stage: Aftermath['stage'], random: Random): Promise<void> {
  const auditor = auditorOf(stage)
  const away = random.chance(0.2) ? INSTANT + random.between(0, 60) * MINUTE : 0
  for (let at = INSTANT - MINUTE / 2; at < INSTANT + 230 * MINUTE; at += 5 * MINUTE) {
    await stage.clock.sleep(at - stage.clock.now())
    if (at > away && at < away + 60 * MINUTE) continue
    const dying = () => (random.chance(0.05) ? new Promise<never>(() => {}) : undefined)
    const ledger = {
      ...stage.ledger,
      record: async (...args: Parameters<typeof stage.ledger.record>) =>
        (await dying()) ?? stage.ledger.record(...args),
      transition: async (...args: Parameters<typeof stage.ledger.transition>) =>
        (await dying()) ?? stage.ledger.transition(...args),
    }
    // An audit is always the newest version.
    const { deployed } = stage.options
    const config = deployed && at >= deployed.at ? deployedConfig(stage.config, deployed) : stage.config
    void auditor.run(at < INSTANT + 150 * MINUTE ? { config, ledger } : { config })
    if (random.chance(0.2)) void auditor.run({ config })
  }
}

/** Lambda tells of each run that is killed, twice, within seconds or minutes; or, in some seeds, of none. */
function ends(stage: Aftermath['stage'], random: Random): void {
  if (random.chance(0.3)) return
  const world = observerOf(stage)
  const hear = async (executionArn: string, afterMs: number) => {
    const at = new Date(stage.clock.now()).toISOString()
    await stage.clock.sleep(afterMs)
    await observeEnd({ executionArn, status: 'STOPPED', at }, world)
  }
  stage.onStopped.push((executionArn) => {
    void hear(executionArn, random.between(500, 10_000))
    void hear(executionArn, random.between(500, 900_000))
  })
}

/** EventBridge tells of what happens to secrets: late, twice, or, now and then and in some seeds, not at all. */
function secretEvents(stage: Aftermath['stage'], random: Random): void {
  if (random.chance(0.2)) return
  const world = observerOf(stage)
  const lost = random.pick([0, 0.2])
  const hear = async (event: SecretEvent, afterMs: number) => {
    const seen = observationIn(eventBridgeEvent(event))
    // Lambda delivers what failed twice more.
    for (let left = 3; seen !== undefined && left > 0; left--) {
      await stage.clock.sleep(afterMs)
      const done = await observe(seen, world).then(
        () => true,
        () => false,
      )
      if (done) return
    }
  }
  stage.aws.context.state.listeners.push((event) => {
    if (!random.chance(lost)) void hear(event, random.between(100, 5_000))
    if (random.chance(0.3)) void hear(event, random.between(100, 15 * MINUTE))
  })
}

/** What must be true with the audit that need not be without it. */
function broken({ stage, scenario }: Aftermath): string[] {
  const {
    people,
    stage: { selected = false },
  } = scenario
  const { unlisted = [] } = scenario
  const gone = people.flatMap(({ does }) => (does.act === 'delete' ? [does.secret] : []))
  const occasion = new Date(INSTANT).toISOString()
  const rows = rowsOf(stage)
  return [
    ...rows
      .filter(({ status }) => !SETTLED.includes(status))
      .map(({ secret, status }) => `${secret} is still ${status}`),
    ...stage.secrets
      // Of a selector's, what the wave's list named counts: not what is deleted, nor what was not listed yet.
      .filter((secret) => !(selected && (gone.includes(secret) || unlisted.includes(secret))))
      .filter((secret) => !stage.ledger.rows.has(rotationIdOf('nightly', secret, occasion)))
      .map((secret) => `${secret} has no outcome`),
    ...(rows.some(({ status }) => status === 'MISSED') && stage.config.freezes.length > 0
      ? ['something frozen was MISSED']
      : []),
  ]
}

it(`leaves no occurrence without its outcome over ${SEEDS} seeds, whoever is killed`, {
  timeout: 300_000,
}, async () => {
  const found: string[] = []
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const beside = (stage: Aftermath['stage']) => {
      ends(stage, seeded(seed + 0xe4d))
      secretEvents(stage, seeded(seed + 0xe7e))
      return audits(stage, seeded(seed + 0xbe51de))
    }
    const { violations, aftermath } = await simulate(seed, { worsen: worsened, beside })
    // A run that is killed right after it has settled tells nobody; the record is there.
    const kept = violations.filter((violation) => !violation.includes('nobody was told'))
    const all = [...kept, ...broken(aftermath)]
    if (all.length > 0) found.push(`seed ${seed}: ${all.join('; ')}`)
  }
  expect(found).toEqual([])
})
