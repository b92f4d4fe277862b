import { declaredRoles } from '../audit/adoptions.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { oneOf } from '../config/suggest.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { isSilent, openAnyHeard } from '../ledger/readers.ts'
import { adoptionOf, askingFor, isPerson, isRotator } from '../model/adoption.ts'
import { type Consumer, consumerId, consumersOf, hasByName } from '../model/consumers.ts'
import { CannotDo } from '../model/errors.ts'
import { secretKeyOf } from '../model/identity.ts'
import type { Adoption, Rotation } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY, iso } from '../model/time.ts'
import { recordsOf } from '../runtime/records.ts'
import { oldLoginLine } from './old-login.ts'

/** Who uses a secret, as the config says and as CloudTrail has shown. */
export type ConsumersOf = {
  secretName: string
  /** Each once, by the schedules that name it; and whether two users of the target take turns: all of its schedules say so. */
  declared: (Consumer & { id: string; schedules: string[] })[]
  alternating: boolean
  /** When it last rotated, ISO: the rotation, and who was seen to fetch since, as of now. Absent: no schedule asks. */
  rotation?: Pick<Rotation, 'rotationId' | 'rotatedAt' | 'schedule'>
  adoption?: Adoption
  /** When each was last seen to fetch; none where no schedule asks. `rotates`: it is taken for the rotation function; `person`: for somebody who looked. */
  readers: { principal: string; lastSeen?: string; sessions: number; rotates?: true; person?: true }[]
  watched: boolean
  /** Since it last rotated here: whether the login of before works still, and until when. In words. */
  oldLogin?: string
}

/** Longer than most go without a rotation. */
const BACK_MS = 400 * DAY

/** Schedules that have a secret, which is given by its name. Throws CannotDo where none has. */
export function schedulesOf(config: Config, secret: string): Config['schedules'] {
  const having = config.schedules.filter((one) => hasByName(secret, one))
  if (having.length === 0) {
    const all = config.schedules.flatMap(({ secrets }) => secrets.map(secretNameOf))
    const byTags = config.schedules.filter(({ select }) => select && select.prefix === undefined)
    const names = byTags.map(({ name }) => name).join(', ')
    const but = names && `; ${names} may have it by its tags, which are not looked at here`
    throw new CannotDo(`no schedule names the secret ${secret}${but}`, {
      hint: oneOf(secret, [...new Set(all)]),
    })
  }
  return having
}

/** `secret`: its name. Throws CannotDo where no schedule has it. */
export async function consumersIn(config: Config, secret: string, now: number): Promise<ConsumersOf> {
  const having = schedulesOf(config, secret)
  const declared = new Map<string, ConsumersOf['declared'][number]>()
  for (const { name, consumers } of having)
    for (const consumer of consumersOf(secret, consumers)) {
      const id = consumerId(consumer)
      const known = declared.get(id) ?? { ...consumer, id, schedules: [] }
      known.schedules.push(name)
      declared.set(id, known)
    }
  const asking = askingFor(secret, having)
  const found: ConsumersOf = {
    secretName: secret,
    declared: [...declared.values()],
    ...turnsOf(having),
    readers: [],
    watched: asking.length > 0,
  }
  if (asking.length === 0 && !found.alternating) return found
  return withAws('read the ledger', async () => {
    const { ledger, readers } = recordsOf(config.stage)
    const rotation = await lastIn(ledger, secret, now)
    const oldLogin =
      found.oldLogin ??
      (rotation?.trigger === 'EXTERNAL'
        ? `not known: others changed it last, ${rotation.rotatedAt}`
        : rotation && (await oldLoginLine(config, rotation, now)))
    if (oldLogin !== undefined) found.oldLogin = oldLogin
    if (asking.length === 0) return found
    const seen = await readers.of(secret, now)
    found.readers = seen.readers
      .map((one) => ({
        ...{ principal: one.principal, sessions: one.sessions },
        ...(one.lastSeen && { lastSeen: one.lastSeen }),
        ...(isRotator(one) && { rotates: true as const }),
        ...(isPerson(one.principal) && { person: true as const }),
      }))
      .sort((a, b) => ((a.lastSeen ?? '') < (b.lastSeen ?? '') ? 1 : -1))
    if (rotation === undefined) return found
    const { rotatedAt, rotationId, schedule } = rotation
    const withinSeconds = Math.min(...asking.flatMap(({ adoption }) => adoption?.withinSeconds ?? []))
    const time = { withinSeconds, now }
    const any = openAnyHeard({ config, readers, now: () => now })
    const silent = await isSilent(seen, { rotatedAt, ...time }, any)
    found.adoption = adoptionOf(rotation, declaredRoles(secret, asking), seen, { ...time, silent })
    found.rotation = { rotationId, rotatedAt, schedule }
    return found
  })
}

function turnsOf(having: Config['schedules']): Pick<ConsumersOf, 'alternating' | 'oldLogin'> {
  const { true: two = [], false: one = [] } = Object.groupBy(having, ({ strategy }) =>
    strategy === 'alternating' ? 'true' : 'false',
  )
  if (two.length === 0 || one.length === 0) return { alternating: one.length === 0 }
  const names = (some: typeof having) => some.map(({ name }) => name).join(', ')
  const oldLogin = `not known: strategy is alternating in ${names(two)}, and not in ${names(one)}`
  return { alternating: false, oldLogin }
}

/** What changed it last. */
async function lastIn(ledger: Ledger, secret: string, now: number) {
  const since = { from: iso(now - BACK_MS) }
  for await (const rotation of ledger.query('bySecret', secretKeyOf(secret), since))
    if (rotation.rotatedAt !== undefined) return { ...rotation, rotatedAt: rotation.rotatedAt }
  return undefined
}
