import { calendarOf } from '../calendar/calendar.ts'
import { expressionKind } from '../calendar/expression.ts'
import { formatDuration } from '../calendar/format.ts'
import { type ClockChange, wallClock } from '../calendar/wall-clock.ts'
import type { Schedule } from '../config/config.ts'
import { writeDuration } from '../config/duration.ts'
import { isEarlyObjective } from '../config/warnings/habits.ts'
import { few, grouped } from '../model/counts.ts'
import { EARLY_MS } from '../model/limits.ts'
import { oneLine } from '../model/text.ts'
import { DAY, iso, MINUTE } from '../model/time.ts'
import { enforced } from '../model/under-policy.ts'
import { costText } from '../report/costs.ts'
import { type Cell, type Document, minute, type Section } from '../report/document.ts'
import { durationText } from '../report/figures.ts'
import { isFiredEarly } from '../schedules/early.ts'
import { isUnwanted, type Occurred } from './happened.ts'
import { localDate } from './local-text.ts'
import { QUOTAS } from './quotas.ts'
import type { Rehearsal } from './stage.ts'
import type { Trial } from './trials.ts'

/** Occurrences that are told one by one, in each schedule; `--json` has all. */
const MOST_DIFFERING = 3
/** Rows of a table that nobody reads to the end. */
const MOST_ROWS = 60

/** What a rehearsal has shown, for a terminal and for Markdown; findings stand apart, for each has its own look there. */
export function documentOf(rehearsal: Rehearsal): Document {
  return {
    title: `Rehearsal of stage ${rehearsal.config.stage}`,
    facts: factsOf(rehearsal),
    sections: [
      schedulesSection(rehearsal),
      objectivesSection(rehearsal),
      differingSection(rehearsal),
      peaksSection(rehearsal),
      clocksSection(rehearsal),
      trialsSection(rehearsal),
      pagesSection(rehearsal),
      acknowledgedSection(rehearsal),
    ].filter((it) => it !== undefined),
  }
}

function factsOf({ config, from, to, seed, faults, rehearsed, known, cost }: Rehearsal): [string, string][] {
  const { sampled } = rehearsed
  return [
    ['period', `${minute(from)} to ${minute(to)} UTC, ${formatDuration(to - from)}`],
    ['config version', config.version],
    ['seed, faults', `${seed}, ${faults}`],
    ['rehearsed', `${many(rehearsed.waves, 'wave')}, ${many(rehearsed.rotations, 'rotation')}`],
    ...(sampled
      ? [
          ['sampled', `${grouped(sampled.taken)} of ${grouped(sampled.of)}: the figures are of these`] as [
            string,
            string,
          ],
        ]
      : []),
    ['durations', known.durations],
    ['last rotations', known.last],
    ['cost', costText(cost)],
    ...(known.madeUp === undefined ? [] : [['secrets', known.madeUp] as [string, string]]),
    ...(known.places === undefined ? [] : [['places', known.places] as [string, string]]),
  ]
}

function schedulesSection({ config, happened, rehearsed }: Rehearsal): Section {
  const by = Map.groupBy(happened.occurred, ({ schedule }) => schedule)
  const rows = enforced(config).map((schedule): Cell[] => {
    const all = by.get(schedule.name) ?? []
    const [first, last] = [all[0], all.at(-1)]
    const sum = (pick: (it: Occurred) => number) => all.reduce((total, it) => total + pick(it), 0)
    const good = sum((it) => it.outcomes.SUCCEEDED ?? 0)
    const rotations = sum((it) => it.rotations)
    const date = (it: Occurred | undefined) => (it ? localDate(it.scheduledAt, schedule.timezone) : '')
    const longest = Math.max(0, ...all.map((it) => (it.endedAt ?? it.scheduledAt) - it.scheduledAt))
    const skew = happened.lateness.get(schedule.name)?.figures.skew
    return [
      schedule.name,
      grouped(all.length),
      date(first),
      date(last),
      all.some(isUnwanted)
        ? { text: `${grouped(good)}/${grouped(rotations)}`, tone: 'bad' }
        : `${grouped(good)}/${grouped(rotations)}`,
      rotations === 0 ? '' : formatDuration(longest),
      skew?.most === undefined ? '' : durationText(skew.most),
    ]
  })
  const off = config.schedules.length - rows.length
  return {
    title: 'Schedules',
    paragraphs: [
      'Waves, the first and the last by their own clock, rotations that succeed of all, the longest wave, and the most skew of those in time.',
      ...(rehearsed.waves === 0 ? ['Nothing is due in this period: this says nothing of the config.'] : []),
      ...(off > 0
        ? [`Not rehearsed: ${many(off, 'schedule')} that ${off === 1 ? 'is' : 'are'} disabled.`]
        : []),
      ...moreOf(rows.length, 'schedule'),
    ],
    table: {
      header: ['SCHEDULE', 'WAVES', 'FIRST', 'LAST', 'SUCCEED', 'LONGEST', 'SKEW'],
      figures: [1, 4, 5, 6],
      rows: rows.slice(0, MOST_ROWS),
    },
  }
}

/** How late rotations begin where that is promised, and whose part of it is what. */
function objectivesSection({ config, happened }: Rehearsal): Section | undefined {
  const missedBy = ({ name }: Schedule) => happened.lateness.get(name)?.figures.objective.missed ?? 0
  const promised = enforced(config)
    .filter(({ objective }) => objective)
    .sort((a, b) => missedBy(b) - missedBy(a))
  const rows = promised.flatMap((schedule): Cell[][] => {
    const { figures, schedulerMs, ownMs } = happened.lateness.get(schedule.name) ?? {}
    if (figures === undefined || schedulerMs === undefined || ownMs === undefined) return []
    const { kept, missed } = figures.objective
    const later = `${grouped(missed)} of ${grouped(kept + missed)}`
    return [
      [
        schedule.name,
        writeDuration(schedule.objective?.skewSeconds ?? 0),
        missed > 0 ? { text: later, tone: 'bad' } : later,
        durationText(figures.skew.p99),
        durationText(schedulerMs),
        durationText(ownMs),
      ],
    ]
  })
  if (rows.length === 0) return undefined
  const early = promised.filter((it) => isEarlyObjective(it) && missedBy(it) > 0).map(({ name }) => name)
  return {
    title: 'Objectives',
    paragraphs: [
      'Rotations that begin later than promised, and the skew that 99 in 100 do not exceed; then its parts, the most of each: until the simulated Scheduler has delivered, 45 s at most, and after that for the wave itself: turns, canaries, hooks.',
      ...(early.length > 0
        ? [`Later by Scheduler’s minute alone, as validate tells (early-objective): ${few(early)}.`]
        : []),
      ...moreOf(rows.length, 'schedule'),
    ],
    table: {
      header: ['SCHEDULE', 'OBJECTIVE', 'LATER', 'P99', 'SCHEDULER', 'WAVE'],
      figures: [1, 2, 3, 4, 5],
      rows: rows.slice(0, MOST_ROWS),
    },
  }
}

function differingSection({ happened }: Rehearsal): Section | undefined {
  const by = Map.groupBy(
    happened.occurred.filter(
      ({ outcomes, rotations, late }) => (outcomes.SUCCEEDED ?? 0) < rotations || rotations === 0 || late > 0,
    ),
    ({ schedule }) => schedule,
  )
  const rows = [...by].flatMap(([schedule, all]) => {
    const shown = all.slice(0, MOST_DIFFERING).map((it): Cell[] => {
      const text = outcomeText(it)
      return [schedule, minute(it.scheduledAt), isUnwanted(it) ? { text, tone: 'bad' } : text]
    })
    const more = all.length - shown.length
    return more > 0 ? [...shown, [schedule, '', `and ${grouped(more)} more that differ`]] : shown
  })
  if (rows.length === 0) return undefined
  return {
    title: 'Occurrences that differ',
    paragraphs: [
      'Not everything succeeds. Instants in UTC; --json has every occurrence.',
      ...moreOf(rows.length, 'line'),
    ],
    table: { header: ['SCHEDULE', 'DUE', 'WHAT WOULD COME OF IT'], rows: rows.slice(0, MOST_ROWS) },
  }
}

function outcomeText({
  outcomes,
  reasons,
  rotations,
  late,
}: Pick<Occurred, 'outcomes' | 'reasons' | 'rotations' | 'late'>): string {
  if (rotations === 0) return 'no rotation at all'
  const good = outcomes.SUCCEEDED ?? 0
  const others = Object.entries(reasons).map(([reason, count]) => `${grouped(count)} ${reason}`)
  const after = late > 0 ? ` (${grouped(late)} late, told as failed before)` : ''
  return [...(good > 0 ? [`${grouped(good)} SUCCEEDED${after}`] : []), ...others].join(', ')
}

function peaksSection({ rehearsed }: Rehearsal): Section {
  const rows = rehearsed.peaks.map(({ what, most, per, at, schedules }): Cell[] => {
    const quota = QUOTAS[what].most
    const used = `${grouped(most)} of ${grouped(quota)}`
    return [
      what,
      most > quota ? { text: used, tone: 'bad' } : used,
      per,
      `${iso(at).slice(0, 19)}Z`,
      few(schedules),
    ]
  })
  return {
    title: 'Peaks against quotas',
    paragraphs: [
      'What AWS gives an account in a region, unless it was asked for more (sources: node_modules/aws-tourbillon/docs/rehearse.md).',
    ],
    table: { header: ['WHAT', 'MOST', 'PER', 'AT', 'SCHEDULES'], figures: [1], rows },
  }
}

/** Where clocks change: what keeps its local time is no news, what moves is. */
function clocksSection({ config, from, to }: Rehearsal): Section | undefined {
  const byZone = Map.groupBy(enforced(config), ({ timezone }) => timezone)
  const bullets = [...byZone].flatMap(([timezone, schedules]) => {
    const changes = wallClock(timezone).changes(from, to)
    if (changes.length === 0) return []
    const moving = schedules.filter(({ when }) => expressionKind(when) === 'rate').map(({ name }) => name)
    const dates = changes.map(({ instant, before, after }) => {
      const by = formatDuration(Math.abs(after - before))
      return `${localDate(instant, timezone)} (${after > before ? 'forward' : 'back'} ${by})`
    })
    const moved =
      moving.length > 0 ? `; rate() keeps to 24 hours a day, so these move by the clock: ${few(moving)}` : ''
    const alone = schedules
      .filter((it) => changes.some((one) => isAloneAfter(it, one)))
      .map(({ name }) => name)
    const unfired =
      alone.length > 0
        ? `; right after one of these no run is fired ahead of ${few(alone)} (precision: second), which then begins within Scheduler’s minute`
        : ''
    return [`${timezone}: ${dates.join(', ')}; cron() keeps its local time${moved}${unfired}`]
  })
  return bullets.length === 0 ? undefined : { title: 'Clock changes', bullets }
}

/** Whether what is due right after a clock change has no run two minutes before, by which it would wait for the second. */
function isAloneAfter(schedule: Schedule, { instant, before, after }: ClockChange): boolean {
  if (schedule.precision !== 'second' || expressionKind(schedule.when) !== 'cron') return false
  const until = instant + Math.max(0, before - after) + EARLY_MS
  return [...calendarOf(schedule).between(instant, until)].some((at) => !isFiredEarly(schedule, at))
}

function trialsSection({ trials, stretch }: Rehearsal): Section | undefined {
  if (trials.length === 0 || stretch === undefined) return undefined
  const left = stretch.left > 0 ? ` (${stretch.left} more are due then, and not tried)` : ''
  return {
    title: 'What if',
    paragraphs: [
      `Each by itself, from ${minute(stretch.hour)} UTC on, the busiest hour: ${many(stretch.schedules, 'schedule')}${left}, rehearsed for ${formatDuration(stretch.to - stretch.from)}.`,
    ],
    bullets: trials.map(trialText),
  }
}

const WORDS: Record<Trial['what'], (trial: Trial) => string> = {
  'function broken': ({ from, to }) => `Rotation functions fail for ${formatDuration(to - from)}`,
  'Scheduler late': ({ lateMs = 0, from, to }) =>
    `Scheduler delivers ${formatDuration(lateMs)} late for ${formatDuration(to - from)}`,
  throttled: ({ from, to }) =>
    `Secrets Manager refuses four of five requests for ${formatDuration(to - from)}`,
  'audit down': ({ from, to }) => `The audit does not run for ${formatDuration(to - from)}`,
  'nobody approves': () => 'Nobody answers an approval',
}

/** Less than a minute is no news, unless somebody is told, as of an objective. */
function laterText({ laterMs, pages }: Trial): string {
  if (laterMs < (pages > 0 ? 1_000 : MINUTE)) return ''
  return `up to ${formatDuration(Math.floor(laterMs / 1_000) * 1_000)} later`
}

function trialText(trial: Trial): string {
  const { changed, healed, longestMs, unhealed, pages, rotations } = trial
  const title = WORDS[trial.what](trial)
  const by = laterText(trial)
  if (changed.length === 0)
    return `${title}: ${by === '' ? 'nothing comes out otherwise' : `all comes out the same, ${by}`}${pages > 0 ? `, ${many(pages, 'page')}` : ''}`
  const outcomes = changed
    .map(({ status, reason, late, count }) => `${grouped(count)} ${reason ?? status}${late ? ' late' : ''}`)
    .join(', ')
  const heal = [
    ...(healed > 0
      ? [
          `${many(healed, 'secret')} rotate${healed === 1 ? 's' : ''} by the next run or an attempt again, within ${formatDuration(longestMs)}`,
        ]
      : []),
    ...(unhealed > 0
      ? [
          `${many(unhealed, 'secret')} ${unhealed === 1 ? 'does' : 'do'} not rotate again in the stretch by ${unhealed === 1 ? 'itself' : 'themselves'}`,
        ]
      : []),
  ]
  return `${title}: of ${many(rotations, 'rotation')} ${outcomes}; ${[...heal, ...(by === '' ? [] : [`others begin ${by}`]), many(pages, 'page')].join('; ')}`
}

function pagesSection({ happened, from, to, approvals }: Rehearsal): Section {
  const weeks = new Map<number, number>()
  for (const { at } of happened.pages) {
    const week = Math.floor((at - from) / (7 * DAY))
    weeks.set(week, (weeks.get(week) ?? 0) + 1)
  }
  const [[worst, most] = [0, 0]] = [...weeks].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  const total = happened.pages.length
  const kinds = [...Map.groupBy(happened.pages, ({ kind }) => kind)].map(
    ([kind, all]) => `${grouped(all.length)} ${kind}`,
  )
  // Of less than a week nobody knows what a week has.
  const weeksLong = (to - from) / (7 * DAY)
  const weekly = (count: number) => (weeksLong < 1 ? '' : `, ${(count / weeksLong).toFixed(1)} a week`)
  const since = minute(from + worst * 7 * DAY).slice(0, 10)
  const mostWeekly = weeksLong < 1 ? '' : `, at most ${grouped(most)} in a week (from ${since})`
  return {
    title: 'Pages',
    paragraphs: [
      total === 0
        ? 'Nobody would be told of anything going wrong.'
        : `${many(total, 'text')} to people (${kinds.join(', ')})${weekly(total)}${mostWeekly}.`,
      ...(approvals > 0
        ? [
            `And ${many(approvals, 'request')} for a go-ahead${weekly(approvals)}; all else here counts them as given.`,
          ]
        : []),
    ],
  }
}

function acknowledgedSection({ acknowledged, unused }: Rehearsal): Section | undefined {
  if (acknowledged.length + unused.length === 0) return undefined
  const known = acknowledged.map(
    ({ schedule, name, message, reason }) =>
      `${schedule === null ? '' : `${schedule}, `}${name}: ${message} (${oneLine(reason)})`,
  )
  return { title: 'Acknowledged', bullets: [...known, ...unused] }
}

function moreOf(count: number, noun: string): string[] {
  return count > MOST_ROWS ? [`The first ${MOST_ROWS} of ${grouped(count)} ${noun}s.`] : []
}

function many(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}
