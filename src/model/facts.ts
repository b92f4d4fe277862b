import { AWAKE_MS, DELIVERY_MS, VISIBLE_MS } from './limits.ts'

/**
 * Facts about AWS that no document states, or that differ by account: what the code takes for granted, and what it does
 * with it. `verify` asks them of the user's own account; the ledger keeps what was seen (src/ledger/facts.ts).
 * A fact makes us more careful, or says something. It never makes us less careful.
 */
export type FactName = keyof SeenBy

/** Of several measurements, whole milliseconds. */
export type Spread = { count: number; least: number; middle: number; most: number }

/** It was waited for so long, ms, and did not come. */
type NotSeen = { notWithinMs: number }

/** What an answer to a used token came to; `CODE` is the error's name. */
export type TokenAnswer = 'accepted and attempted again' | 'accepted, nothing' | `refused: ${string}`

/** What was seen of one zone. Offsets from UTC in minutes; `fired`: absent where nothing fired in time. */
export type ZoneSeen = { zone: string; at: string; ours: number; node: number; fired?: number }

/** What told of an execution's bad end. Absent: not asked. `parent`: what the execution that had started it was given. */
export type EndSeen = {
  parent?: string | false
  deadLetter?: boolean
  event?: boolean
  alarm?: boolean
}

/** Ms until it arrived. `accepted`: AWS has taken it, and where it arrives nobody but a person sees. */
type Arrival = number | 'not seen' | 'not asked' | 'accepted'

/** What is seen of each. Plain JSON; names and account numbers are never in it. */
export type SeenBy = {
  /** From the scheduled instant to the function's first line. */
  'delivery-delay': Spread
  /** `text`: the one farthest from its instant, as it came. `offMs`: from the instant that was set; absent: it is no time. */
  'scheduled-time': { text: string; offMs?: number }
  'scheduler-zones': ZoneSeen[]
  /** From the end of a durable wait to the first line after it; below zero: before its end. */
  'wake-delay': { cold?: Spread; warm?: Spread }
  'version-id': { isToken: boolean }
  'version-visible': Spread | NotSeen
  'repeated-token': { pending?: TokenAnswer; done?: TokenAnswer; failed?: TokenAnswer }
  /** From the label's move to the event's arrival. */
  'label-event': Spread | NotSeen
  /** `readable`: `observe` knows which secret it is about. `shape`: paths of its fields, without values. */
  'failure-event': (Spread & { readable: boolean; shape: string[] }) | NotSeen
  'execution-names': { scope: 'function' | 'account' }
  'failed-execution': EndSeen
  'stopped-execution': EndSeen
  /** The version that started it, and the one that went on after the wait. */
  'running-version': { started: string; wentOn: string }
  messages: { event: Arrival; text: Arrival; email: Arrival }
  /** Lambda's clock less AWS's `Date`, which has whole seconds. */
  'lambda-clock': { aheadMs: number; uncertainMs: number }
  'invoke-permission': { needed: boolean }
}

export type Verdict = 'HOLDS' | 'DIFFERS' | 'UNKNOWN'

/** What was seen comes to. `message`: a sentence. `remedy`: what to do, where there is anything to do. */
export type Judged = { verdict: Verdict; message: string; remedy?: string }

type Row<Name extends FactName> = {
  /** In plain words. */
  question: string
  /** What the code takes for granted. */
  expected: string
  /** What the code does with it. */
  use: string
  judge(seen: SeenBy[Name]): Judged
}

/** As `verify` asks them, in this order. */
export const FACTS: { readonly [Name in FactName]: Row<Name> } = {
  'delivery-delay': {
    question: 'How late do EventBridge Scheduler’s deliveries arrive?',
    expected: `never early, and within ${seconds(DELIVERY_MS)}`,
    use: 'The audit takes an occurrence for not delivered after that long, and starts it itself.',
    judge(seen) {
      const message = `Of ${seen.count}: ${spread(seen)} after the instant.`
      // The seconds of two clocks are compared.
      if (seen.least < -1_000) return differs(message, 'Tell us: nothing rotates early, for runs wait.')
      if (seen.most <= DELIVERY_MS) return holds(message)
      return differs(message, 'The audit waits longer before it starts an occurrence itself.')
    },
  },
  'scheduled-time': {
    question: 'Is Scheduler’s scheduled time the exact second, and in which form?',
    expected: 'an ISO instant in UTC, of the minute that begins with the scheduled one',
    use: 'The calendar says which occurrence a delivery is for: the one that began in the minute up to it.',
    judge({ text, offMs }) {
      const off =
        offMs === undefined ? 'which is no time' : offMs === 0 ? 'the exact second' : `${offMs} ms from it`
      const message = `It came as ${text}, ${off}.`
      const isRead = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)
      if (isRead && offMs !== undefined && offMs >= 0 && offMs < 60_000) return holds(message)
      return differs(message, 'Tell us: deliveries may be taken for none of an occurrence.')
    },
  },
  'scheduler-zones': {
    question: 'Which offset does Scheduler give these zones?',
    expected: 'the offset in our table of zone data',
    use: 'A delivery is a wake-up: our table says when an occurrence is, and the run or the audit keeps to it.',
    judge(zones) {
      const seen = zones.filter((it) => it.fired !== undefined)
      if (seen.length === 0) return unknown('Nothing fired for any of the zones in time.')
      const others = seen.filter(({ fired, ours }) => fired !== ours)
      const left = zones.length - seen.length
      const silent = left === 0 ? '' : ` ${left} did not fire in time.`
      const list = (some: ZoneSeen[]) => some.map(({ zone, fired }) => `${zone} ${offset(fired)}`).join(', ')
      if (others.length === 0) {
        const message = `It goes by the same: ${list(seen)}.${silent}`
        return left === 0 ? holds(message) : unknown(message)
      }
      const ours = others.map(({ zone, ours: it }) => `${zone} ${offset(it)}`).join(', ')
      return differs(
        `Scheduler: ${list(others)}; our table: ${ours}.${silent}`,
        'Each occurrence there still rotates at our table’s instant: by waiting, or by the audit, up to ten minutes late. Set the schedule’s timezone to UTC to be exact.',
      )
    },
  },
  'wake-delay': {
    question: 'How late does a durable wait end, cold and warm?',
    expected: `within ${seconds(AWAKE_MS)} of its end, and not before it`,
    use: 'A run’s wait for the exact second ends that long ahead of it.',
    judge({ cold, warm }) {
      const all = [cold, warm].filter((it) => it !== undefined)
      if (all.length === 0) return unknown('No wait ended in time.')
      const parts = [...(cold ? [`cold ${spread(cold)}`] : []), ...(warm ? [`warm ${spread(warm)}`] : [])]
      const message = `After its end: ${parts.join('; ')}.`
      if (Math.max(...all.map(({ most }) => most)) > AWAKE_MS)
        return differs(message, 'Runs here wake earlier, as far as a minute ahead of their instant.')
      if (Math.min(...all.map(({ least }) => least)) < -1_000)
        return differs(message, 'Nothing to do: a run that wakes early sleeps until its instant.')
      return cold && warm ? holds(message) : unknown(`${message} The other was not seen.`)
    },
  },
  'version-id': {
    question: 'Does the token of RotateSecret become the new version’s id?',
    expected: 'yes',
    use: 'A version under a rotation’s id is its own: that is how a call whose answer was lost is found.',
    judge: ({ isToken }) =>
      isToken
        ? holds('The token became the version’s id.')
        : differs(
            'The version had another id than the token.',
            'Tell us. A run follows the version that AWS answers; after a lost answer it could not find it.',
          ),
  },
  'version-visible': {
    question: 'How soon after RotateSecret’s answer does DescribeSecret show the version?',
    expected: `within ${seconds(VISIBLE_MS)}`,
    use: 'After a call without an answer its version is looked for that long.',
    judge(seen) {
      const remedy = 'Runs here look longer for the version of a call that got no answer.'
      if ('notWithinMs' in seen)
        return differs(`It was not there ${seconds(seen.notWithinMs)} after.`, remedy)
      const message = `Of ${seen.count}: ${spread(seen)} after the answer.`
      return seen.most <= VISIBLE_MS ? holds(message) : differs(message, remedy)
    },
  },
  'repeated-token': {
    question: 'What does RotateSecret answer to a token that was used before?',
    expected: 'no second attempt at a version that is pending, or done; one at a version that failed',
    use: 'A run looks for its version before each sending, and after every answer but a success. `retries` send the same token again.',
    judge(seen) {
      const { pending = 'not seen', done = 'not seen', failed = 'not seen' } = seen
      const message = `While pending: ${pending}; done: ${done}; failed: ${failed}.`
      const remedies = [
        ...(isAttemptedAgain(seen)
          ? ['Runs here look longer before they send again after a call without an answer.']
          : []),
        ...(failed === 'accepted, nothing'
          ? ['`retries` are in vain here: a version that failed is not attempted again.']
          : []),
      ]
      if (remedies.length > 0) return differs(message, remedies.join(' '))
      return [pending, done, failed].includes('not seen') ? unknown(message) : holds(message)
    },
  },
  'label-event': {
    question: 'Does the event Secret Label Updated arrive, and how late?',
    expected: 'it arrives, without a trail',
    use: 'It proves a success, and tells of rotations that others started. Looks at the secret find both too, later.',
    judge: (seen) =>
      'notWithinMs' in seen
        ? differs(
            `It did not arrive within ${seconds(seen.notWithinMs)}.`,
            'Successes are still seen by looking. What others rotate is not recorded here: see the rule of the stage in EventBridge.',
          )
        : holds(`It arrived: ${spread(seen)} after the label had moved.`),
  },
  'failure-event': {
    question: 'Does RotationFailed arrive, in which shape, and how late?',
    expected: 'it arrives, and names the secret where we read it',
    use: 'It ends the wait for a failed rotation early (decision 0063). Without it the wait ends with the timeout.',
    judge(seen) {
      if ('notWithinMs' in seen)
        return differs(
          `It did not arrive within ${seconds(seen.notWithinMs)}: that is what an account without a trail looks like.`,
          'A rotation that fails is known at its timeout only. A CloudTrail trail that logs management events makes it known within minutes.',
        )
      const message = `It arrived: ${spread(seen)} after the failure.`
      return seen.readable
        ? holds(message)
        : differs(`${message} It does not name the secret where we read it.`, 'Tell us, with its shape.')
    },
  },
  'execution-names': {
    question: 'How far must a durable execution’s name be unique?',
    expected: 'in the function, or in account and region: either',
    use: 'Names carry service and stage (decision 0094).',
    judge: ({ scope }) =>
      holds(scope === 'function' ? 'Within the function.' : 'Within the account and region.'),
  },
  'failed-execution': {
    question: 'Who is told when a durable execution fails?',
    expected: 'its parent, the dead-letter queue, the status-change event and the alarm',
    use: 'The event says which run is dead, so that the audit need not wait for silence; the others tell people.',
    judge: (seen) => judgeEnd(seen, ['parent', 'deadLetter', 'event', 'alarm']),
  },
  'stopped-execution': {
    question: 'Who is told when a durable execution is stopped?',
    expected: 'its parent, the dead-letter queue, the status-change event and the alarm',
    use: 'As for a failing one. The alarm is executions-stopped.',
    judge: (seen) => judgeEnd(seen, ['parent', 'deadLetter', 'event', 'alarm']),
  },
  'running-version': {
    question: 'Which version does a waiting execution go on with after a new one is published?',
    expected: 'the one that started it',
    use: 'A deploy changes nothing for runs under way, but by what they read: holds, and the newest policy.',
    judge: ({ started, wentOn }) =>
      started === wentOn
        ? holds(`It went on with version ${started}, which had started it.`)
        : differs(
            `It was started by version ${started}, and went on with ${wentOn}.`,
            'Deploy while no run is under way: status shows which are.',
          ),
  },
  messages: {
    question: 'Do an event, a text and an e-mail arrive?',
    expected: 'they do',
    use: 'They tell people of outcomes. No outcome depends on them.',
    judge(seen) {
      const all = Object.entries(seen)
      const said = all.map(([name, at]) => `${name} ${typeof at === 'number' ? `after ${seconds(at)}` : at}`)
      const message = `${said.join(', ')}.`
      if (all.some(([, at]) => at === 'not seen'))
        return differs(
          message,
          'See the topic’s subscriptions and policy, and the rules of the default event bus.',
        )
      return all.some(([, at]) => at === 'not asked') ? unknown(message) : holds(message)
    },
  },
  'lambda-clock': {
    question: 'How far is Lambda’s clock from AWS’s?',
    expected: 'within a second',
    use: 'A run sends RotateSecret at the instant by Lambda’s clock, and reckons skew by it.',
    judge({ aheadMs, uncertainMs }) {
      const way = aheadMs < 0 ? 'behind' : 'ahead'
      const message = `${Math.abs(aheadMs)} ms ${way}, give or take ${uncertainMs} ms.`
      if (Math.abs(aheadMs) - uncertainMs <= 1_000) return holds(message)
      return differs(
        message,
        'Rotations are that far from their second. Nothing of ours can mend it: tell AWS.',
      )
    },
  },
  'invoke-permission': {
    question: 'Does a plain re-rotation need lambda:InvokeFunction?',
    expected: 'needed or not: either',
    use: 'It is granted, for the named rotation functions only.',
    judge: ({ needed }) => holds(needed ? 'It is needed.' : 'It is not needed.'),
  },
}

/** Whether a call that is repeated too soon could make one rotation more. */
export function isAttemptedAgain({ pending, done }: SeenBy['repeated-token']): boolean {
  return [pending, done].includes('accepted and attempted again')
}

/** Whether something of it did not come while it was waited for: who waits longer may still see it. */
export function isUnheard({ seen }: { seen?: SeenBy[FactName] }): boolean {
  if (seen === undefined || Array.isArray(seen)) return false
  if ('notWithinMs' in seen) return true
  const ends = ['deadLetter', 'event', 'alarm', 'parent', 'text'].map((it) => (seen as never)[it] as unknown)
  return ends.some((it) => it === false || it === 'not seen')
}

export const FACT_NAMES = Object.keys(FACTS) as FactName[]

/**
 * Whether what the code takes for granted holds, by what was seen. Undefined: nothing. What makes no sense as a
 * measurement is UNKNOWN as well.
 */
export function verdictOf<Name extends FactName>(name: Name, seen: SeenBy[Name] | undefined): Judged {
  if (seen === undefined) return unknown('It was not seen.')
  if (!isSane(seen)) return unknown('What was measured makes no sense.')
  try {
    return FACTS[name].judge(seen)
  } catch {
    // Written by another release, in another shape.
    return unknown('What is kept of it cannot be read.')
  }
}

/** Every number is one, and of a spread the least is the least. */
function isSane(seen: unknown): boolean {
  if (typeof seen === 'number') return Number.isFinite(seen)
  if (seen === null) return false
  if (typeof seen !== 'object') return true
  if (!Object.values(seen).every(isSane)) return false
  return !isSpread(seen) || (seen.count > 0 && seen.least <= seen.middle && seen.middle <= seen.most)
}

function isSpread(seen: object): seen is Spread {
  return 'least' in seen && 'middle' in seen && 'most' in seen
}

/** The spread of some measurements, ms; undefined where there are none. */
export function spreadOf(measured: number[]): Spread | undefined {
  const sorted = measured.map(Math.round).sort((a, b) => a - b)
  const [least, most] = [sorted[0], sorted.at(-1)]
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (least === undefined || middle === undefined || most === undefined) return undefined
  return { count: sorted.length, least, middle, most }
}

function judgeEnd(seen: EndSeen, wanted: (keyof EndSeen)[]): Judged {
  const named = {
    parent: 'its parent',
    deadLetter: 'the dead-letter queue',
    event: 'the event',
    alarm: 'the alarm',
  }
  const which = (some: (keyof EndSeen)[]) => some.map((it) => named[it]).join(', ')
  const told = wanted.filter((it) => seen[it])
  const untold = wanted.filter((it) => seen[it] === false)
  const unasked = wanted.filter((it) => seen[it] === undefined)
  const parts = [
    ...(told.length > 0 ? [`told: ${which(told)}`] : []),
    ...(untold.length > 0 ? [`not told: ${which(untold)}`] : []),
    ...(unasked.length > 0 ? [`not asked: ${which(unasked)}`] : []),
  ]
  const message = `${parts.join('; ')}.`
  if (untold.length > 0)
    return differs(message, 'The audit still finds a lost run, by its silence, minutes later.')
  return unasked.length > 0 ? unknown(message) : holds(message)
}

const holds = (message: string): Judged => ({ verdict: 'HOLDS', message })
const differs = (message: string, remedy: string): Judged => ({ verdict: 'DIFFERS', message, remedy })
const unknown = (message: string): Judged => ({ verdict: 'UNKNOWN', message })

function spread({ least, middle, most }: Spread): string {
  return `${seconds(least)} to ${seconds(most)}, mostly ${seconds(middle)}`
}

function seconds(ms: number): string {
  return Math.abs(ms) < 1_000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`
}

/** Minutes as `+02:00`. */
function offset(minutes = 0): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const far = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(far / 60))}:${two(far % 60)}`
}
