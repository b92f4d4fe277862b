import { spreadOf, type TokenAnswer } from '../../model/facts.ts'
import { MINUTE } from '../../model/time.ts'
import { observationIn } from '../../observe/observation.ts'
import { atMost, eventsWith, type Lab, type Probe, stepsOf, until } from '../lab.ts'
import type { Canary } from '../names.ts'

/** After a second sending: so long are new steps waited for, and the other rotation has none of its own. */
const QUIET = 20_000

/** How long a version is looked for: less than the probe function may run. */
const LOOK_MS = 120_000

/**
 * One rotation that succeeds, one that is slow, one that fails: what AWS answers, shows and tells of each, and what it
 * answers to their tokens once more.
 */
export const rotation: Probe = {
  facts: ['version-id', 'version-visible', 'label-event'],
  async run(lab, see) {
    const [token, secret] = [lab.newId(), lab.secrets.ok]
    const answer = await lab.ask({ do: 'rotate', secret, token, lookMs: LOOK_MS })
    if (answer.refused !== undefined) throw new Error(`RotateSecret was refused: ${answer.refused}`)
    const version = answer.versionId ?? token
    if (answer.versionId !== undefined) see('version-id', { isToken: version === token })
    const { shownAt, refused } = answer.looked ?? {}
    if (shownAt === undefined && refused !== undefined)
      throw new Error(`DescribeSecret was refused: ${refused}`)
    const visible = shownAt === undefined ? undefined : spreadOf([shownAt - answer.answeredAt])
    see('version-visible', visible ?? { notWithinMs: LOOK_MS })
    const current = await lab.ask({ do: 'look', secret, version, label: 'AWSCURRENT', forMs: LOOK_MS })
    if (current.shownAt === undefined) throw new Error('the rotation did not succeed in two minutes')
    const ms = atMost(lab, 5 * MINUTE)
    const told = await until(lab, ms, (arrivals) =>
      eventsWith(arrivals, version).find(({ event }) => {
        const it = observationIn(event)
        return it?.what === 'current' && it.versionId === version
      }),
    )
    // The label moves in this step: the look may have seen it late.
    const finished = stepsOf(await lab.arrivals(), token).find(({ step }) => step === 'finishSecret')
    const moved = Math.min(current.shownAt, finished?.at ?? Infinity)
    see('label-event', (told && spreadOf([Math.max(0, told.at - moved)])) ?? { notWithinMs: ms })
  },
}

/** The tokens of a rotation that is pending, one that is done, and one that failed, each sent again. */
export const tokens: Probe = {
  // The failed one of these is what `failure` waits for.
  facts: ['repeated-token', 'failure-event'],
  async run(lab, see) {
    const [why, failed]: [string[], Error[]] = [[], []]
    const seen: Partial<Record<'pending' | 'done' | 'failed', TokenAnswer>> = {}
    const tries = [
      { state: 'pending', canary: 'slow', ready: has('createSecret') },
      { state: 'done', canary: 'done', ready: has('finishSecret') },
      { state: 'failed', canary: 'fails', ready: has('setSecret') },
    ] as const
    await Promise.all(
      tries.map(async ({ state, canary, ready }) => {
        try {
          seen[state] = await again(lab, canary, ready, state === 'pending' ? 3_000 : QUIET)
        } catch (error) {
          failed.push(error as Error)
          why.push(`${state}: ${(error as Error).message}`)
        }
      }),
    )
    if (Object.keys(seen).length > 0) see('repeated-token', seen)
    if (why.length > 0) throw new AggregateError(failed, why.join('; '))
  },
}

const has = (step: string) => (steps: string[]) => steps.includes(step)

/** Rotates, waits until it is so far and `settle` longer, and sends the same again. */
async function again(
  lab: Lab,
  canary: Canary,
  ready: (steps: string[]) => boolean,
  settle: number,
): Promise<TokenAnswer> {
  const [token, secret] = [lab.newId(), lab.secrets[canary]]
  const first = await lab.ask({ do: 'rotate', secret, token })
  if (first.refused !== undefined) throw new Error(`RotateSecret was refused: ${first.refused}`)
  const steps = async () => stepsOf(await lab.arrivals(), token)
  const isReady = await until(lab, MINUTE, (arrivals) =>
    ready(stepsOf(arrivals, token).map(({ step }) => step)) ? true : undefined,
  )
  if (!isReady) throw new Error('Secrets Manager did not ask for its steps within a minute')
  await lab.sleep(settle)
  const before = new Map(counted((await steps()).map(({ step }) => step)))
  const second = await lab.ask({ do: 'rotate', secret, token })
  if (second.refused !== undefined) return `refused: ${second.refused}`
  // Of a pending one new steps come anyway: an attempt begins with createSecret.
  const isNew = (step: string, count: number) => step === 'createSecret' && count > (before.get(step) ?? 0)
  const attempted = await until(lab, 2 * QUIET, (arrivals) =>
    counted(stepsOf(arrivals, token).map(({ step }) => step)).some(([step, count]) => isNew(step, count))
      ? true
      : undefined,
  )
  return attempted ? 'accepted and attempted again' : 'accepted, nothing'
}

function counted(steps: string[]): [string, number][] {
  return [...new Set(steps)].map((step) => [step, steps.filter((it) => it === step).length])
}

/** One rotation that fails. Its event comes through CloudTrail, minutes later, or never where there is no trail. */
export const failure: Probe = {
  facts: ['failure-event'],
  async run(lab, see) {
    const failed = await until(lab, 2 * MINUTE, (arrivals) =>
      arrivals.find((it) => it.kind === 'step' && it.canary === 'fails' && it.step === 'setSecret'),
    )
    if (!failed) throw new Error('no rotation failed: Secrets Manager did not ask for its steps')
    const ms = lab.patienceMs
    const told = await until(lab, ms, (arrivals) => eventsWith(arrivals, 'RotationFailed')[0])
    const late = told && spreadOf([told.at - failed.at])
    if (!told || !late) return see('failure-event', { notWithinMs: ms })
    const readable = observationIn(told.event)?.what === 'failed'
    see('failure-event', { ...late, readable, shape: pathsOf(told.event) })
  },
}

/** Paths of an event's fields, without values; a key that is no word of AWS's is a star. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  if (Array.isArray(value)) return [...new Set(value.flatMap((it) => pathsOf(it, `${path}[]`)))]
  return Object.entries(value).flatMap(([key, inner]) => {
    const word = /^[A-Za-z][A-Za-z-]{0,40}$/.test(key) ? key : '*'
    return pathsOf(inner, path === '' ? word : `${path}.${word}`)
  })
}
