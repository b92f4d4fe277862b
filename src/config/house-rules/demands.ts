import { formatDate, formatDuration, formatLocal } from '../../calendar/format.ts'
import { within } from '../../calendar/local-hours.ts'
import { wallClock } from '../../calendar/wall-clock.ts'
import { few } from '../../model/counts.ts'
import { MINUTE } from '../../model/time.ts'
import type { HouseRule } from '../config.ts'
import { writeDuration } from '../duration.ts'
import type { Subject } from '../warnings/subject.ts'
import { hoursText } from './text.ts'

/** What a schedule does not keep to: by which field, and what would. */
type Breach = { field: string; message: string; hint: string }

/** Everything that a rule asks for and this schedule does not keep, in the 400 days to come. */
export function brokenBy(rule: HouseRule, seen: Subject): Breach[] {
  const found = seen.schedule.enabled
    ? [
        longestGap(rule, seen),
        ...neverHours(rule, seen),
        approval(rule, seen),
        owner(rule, seen),
        window(rule, seen),
      ]
    : [disabled(rule)]
  return found.filter((it) => it !== undefined)
}

/** Nothing starts, so nothing else can be broken; and nothing is rotated. */
function disabled({ maxAgeSeconds }: HouseRule): Breach | undefined {
  if (maxAgeSeconds === undefined) return undefined
  return {
    field: 'enabled',
    message: `disabled, it rotates nothing, and a rotation at least every ${formatDuration(maxAgeSeconds * 1_000)} is asked for`,
    hint: 'enable it, or remove it where another schedule rotates its secrets',
  }
}

/** A day has 24 hours or is one by the clock on the wall, whichever is shorter: a week is a week when clocks change, too. */
function longestGap({ maxAgeSeconds }: HouseRule, { clock, ...seen }: Subject): Breach | undefined {
  if (maxAgeSeconds === undefined) return undefined
  const most = maxAgeSeconds * 1_000
  const wall = (at: number) => at + clock.offsetAt(at)
  const longest = gapsOf(seen)
    .map(({ from, to, open }) => ({ from, to, open, length: Math.min(to - from, wall(to) - wall(from)) }))
    .reduce((a, b) => (b.length > a.length ? b : a))
  if (longest.length <= most) return undefined
  const { from, to, open, length } = longest
  const since = from === seen.now ? 'from now' : `from ${formatDate(wall(from))}`
  const until = open
    ? 'on nothing rotates, as far as can be seen'
    : `to ${formatDate(wall(to))} nothing rotates`
  return {
    field: 'when',
    message: `${since} ${until}: ${formatDuration(length)}, and ${formatDuration(most)} is the most`,
    hint: 'rotate more often, or shorten or ignore the freezes in between',
  }
}

type Gap = { from: number; to: number; open: boolean }

/**
 * The times without a rotation that touch [now, end): the first since the last before it, or from now on where there is
 * none; the last to the next after it, or `open` to the end.
 */
function gapsOf({ occurrences, due, now, end }: Omit<Subject, 'clock'>): Gap[] {
  const starts = [occurrences.previous(now) ?? now, ...due()]
  const after = occurrences.next(end - 1)
  return starts.map((from, index) => {
    const to = starts[index + 1] ?? after
    return { from, to: to ?? end, open: to === undefined }
  })
}

/** So many of the occurrences that are to blame are named. */
const NAMED = 3

function neverHours({ never = [] }: HouseRule, seen: Subject): Breach[] {
  return never.flatMap((hours) => {
    const hits = hitsOf(hours, seen)
    const [first] = hits
    if (first === undefined) return []
    const { schedule, clock } = seen
    const inside = hits.some(({ at, hit }) => at === hit)
    const times = few(
      hits.map(({ at }) => formatLocal(at, clock.offsetAt(at))),
      NAMED,
    )
    const what = `no rotation may start in ${hoursText({ timezone: schedule.timezone, ...hours })}`
    const window = formatDuration(schedule.windowSeconds * 1_000)
    return [
      {
        field: inside ? 'when' : 'window',
        message: inside
          ? `${what}, and these may: ${times}`
          : `${what}, and the window of ${window} reaches into it: ${times}`,
        hint: inside ? `rotate outside these hours, with the window of ${window}` : shorterWindow(hits),
      },
    ]
  })
}

/** The occurrences at which a rotation might start in these hours, and the first instant at which it might. */
function hitsOf(
  hours: NonNullable<HouseRule['never']>[number],
  seen: Subject,
): { at: number; hit: number }[] {
  const { schedule } = seen
  const firstIn = within(hours, wallClock(hours.timezone ?? schedule.timezone))
  return seen.due().flatMap((at) => {
    const hit = firstIn(at, at + schedule.windowSeconds * 1_000)
    return hit === undefined ? [] : [{ at, hit }]
  })
}

/** A window closes as the hours begin: at that instant nothing starts any more. */
function shorterWindow(hits: { at: number; hit: number }[]): string {
  const room = Math.min(...hits.map(({ at, hit }) => hit - at))
  return room < MINUTE
    ? 'rotate earlier'
    : `make the window ${writeDuration(Math.floor(room / 1_000))} or shorter, or rotate earlier`
}

function approval(rule: HouseRule, { schedule }: Subject): Breach | undefined {
  if (!rule.approval || schedule.approval !== undefined) return undefined
  return {
    field: 'approval',
    message: 'an approval is asked for, and none is here',
    hint: 'add approval: {}',
  }
}

function owner(rule: HouseRule, { schedule }: Subject): Breach | undefined {
  if (!rule.owner || schedule.owner !== undefined) return undefined
  const hint = 'add owner: with a team or a person, here or under defaults:'
  return { field: 'owner', message: 'an owner is asked for, and none is here', hint }
}

function window({ windowSeconds }: HouseRule, { schedule }: Subject): Breach | undefined {
  if (windowSeconds === undefined || schedule.windowSeconds >= windowSeconds) return undefined
  const [least, own] = [windowSeconds, schedule.windowSeconds].map((it) => formatDuration(it * 1_000))
  return {
    field: 'window',
    message: `a window of at least ${least} is asked for, and it is ${own}`,
    hint: `write window: ${writeDuration(windowSeconds)} or more`,
  }
}
