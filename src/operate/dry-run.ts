import { withAws } from '../aws/with-aws.ts'
import { divided } from '../config/canary.ts'
import type { Config } from '../config/config.ts'
import { openAnyHeard } from '../ledger/readers.ts'
import type { Behind } from '../model/behind.ts'
import { usersOf } from '../model/consumers.ts'
import { onCannotDo } from '../model/errors.ts'
import { bindingOn, scopesOver } from '../model/hold.ts'
import { rotationIdOf, secretKeyOf } from '../model/identity.ts'
import type { Refusal } from '../model/reasons.ts'
import { iso } from '../model/time.ts'
import { behindIn, type LastOf, lastInLedger } from '../rotation/behind.ts'
import { gate } from '../rotation/gate.ts'
import { barredByPolicy } from '../rotation/policy.ts'
import { portsAt } from '../rotation/ports.ts'
import { readCalendars } from '../rotation/read-gate.ts'
import { onDemandRequest, type RotateNowAnswer } from '../rotation/rotate-now.ts'
import type { Asked } from '../rotation/rotate-now-event.ts'
import type { UnresolvedWave, Wave } from '../rotation/wave.ts'
import { waveOf } from '../rotation/wave-request.ts'
import { openPorts } from '../runtime/open-ports.ts'

/** What would come of a request, as the gate would answer at its instant. */
export type Forecast = Omit<RotateNowAnswer, 'rotations'> & {
  /** `canary`: whether it goes first, where others wait for it. */
  rotations: {
    secret: string
    rotationId: string
    refused: Refusal | null
    canary?: boolean
    /** Who uses it, as the config says: `ecs:shop/orders`. Absent: nobody is named. */
    usedBy?: string[]
    /** Who may still have the value of before. */
    behind?: Behind
  }[]
  /** What could not be asked, and why: the answer may be another. */
  unseen: string[]
}

/** Everything is asked at once, and nobody waits long for an answer that does not come: ms. */
const GIVE_UP_MS = 10_000

type Ports = ReturnType<typeof openPorts>

/**
 * The gate's answer for each secret. Window, freezes and whether a secret exists in the config need nobody; holds, the
 * deployed config's own freezes, Change Calendars and what a selector chooses are asked, and said to be unseen where they
 * cannot be. `answer`: what the request comes to. `now`: epoch ms.
 */
export async function forecast(
  asked: Asked,
  answer: RotateNowAnswer,
  config: Config,
  now: number,
): Promise<Forecast> {
  const wave = waveOf(onDemandRequest(asked, now), config)
  const ports = { ...openPorts(config), now: () => now }
  const unseen: string[] = []
  const ask: Ask = (what, look, otherwise) =>
    withAws(`see ${what}`, look, { giveUpMs: GIVE_UP_MS }).catch(
      onCannotDo(({ message }) => {
        const text = `${what}: not seen: ${message}`
        if (!unseen.includes(text)) unseen.push(text)
        return otherwise
      }),
    )
  const secrets = await secretsOf(wave, ports, ask)
  const scheduledAt = Date.parse(wave.scheduledAt)
  const start = iso(Math.max(now, scheduledAt))
  const over = scopesOver(wave.name, secrets)
  const holds =
    wave.override === undefined ? await ask('holds', () => ports.holds.covering(over, start), []) : []
  const barred = await waveRefusal(wave, ports, config, now, ask)
  const lastOf: LastOf = async (_, secretName) => {
    const look = () => lastInLedger(ports.ledger)(_, secretName)
    const last = await ask(`who has taken ${secretName}`, look, undefined)
    if (last === undefined) throw new Error('not seen')
    return last
  }
  const heard = { of: ports.readers.of, any: openAnyHeard({ ...ports, config }) }
  const behind = await behindIn(secrets, wave.name, { ...ports, heard, lastOf, place: wave.place })
  const rotations = secrets.map((secret) => {
    const scopes = scopesOver(wave.name, [secret])
    const theirs = bindingOn(wave, holds).filter(({ scope }) => scopes.includes(scope))
    const refused = gate({ ...wave, scheduledAt }, config, theirs, now) ?? barred ?? null
    const usedBy = usersOf(secret, config.schedules, wave.name)
    const rotationId = rotationIdOf(wave.name, secret, wave.occasion)
    const late = behind.find(({ secretName }) => secretName === secretKeyOf(secret, wave.place))
    return {
      secret,
      rotationId,
      refused,
      ...(usedBy.length > 0 && { usedBy }),
      ...(late && { behind: late }),
    }
  })
  return { ...answer, rotations: withCanaries(wave, rotations), unseen }
}

/** The rest waits for its canaries: one that would not rotate bars it. */
function withCanaries(wave: Wave | UnresolvedWave, rotations: Forecast['rotations']): Forecast['rotations'] {
  const secrets = rotations.map(({ secret }) => secret)
  const { canaries, rest, absent } = divided(wave, secrets)
  if (wave.canary === undefined || rest.length === 0) return rotations
  const bad = rotations.find(({ secret, refused }) => refused && canaries.includes(secret))
  const [missing] = absent
  const message =
    missing === undefined
      ? bad && `canary "${bad.secret}" would not rotate: ${bad.refused?.reason}`
      : `canary "${missing}" is none of this wave’s secrets`
  const refused = message === undefined ? null : ({ reason: 'CANARY_NOT_VERIFIED', message } as const)
  return rotations.map((one) => {
    const canary = canaries.includes(one.secret)
    return { ...one, canary, refused: one.refused ?? (canary ? null : refused) }
  })
}

type Ask = <T>(what: string, look: () => Promise<T>, otherwise: T) => Promise<T>

function secretsOf(wave: Wave | UnresolvedWave, ports: Ports, ask: Ask): Promise<string[]> {
  if ('secrets' in wave) return Promise.resolve(wave.secrets)
  const here = portsAt({ ...ports, executionArn: '', notify: async () => {}, log: () => {} }, wave.place)
  const list = async () => (await here.secrets.list(wave.select)).names
  return ask('the secrets that its selector chooses', list, [])
}

/** What stops all of them: the config that is deployed, where it is not this one, or a Change Calendar. */
async function waveRefusal(
  wave: Wave | UnresolvedWave,
  ports: Ports,
  config: Config,
  now: number,
  ask: Ask,
): Promise<Refusal | undefined> {
  const target = { ...wave, scheduledAt: Date.parse(wave.scheduledAt) }
  const policy = await ask('the deployed config', () => ports.policies.get(), undefined)
  const deployed = policy?.configVersion === config.version ? undefined : policy
  const calendars = () => readCalendars(ports, target)
  return (
    barredByPolicy(target, deployed, 0, now, 'which is deployed') ??
    (await ask('Change Calendars', calendars, undefined))
  )
}
