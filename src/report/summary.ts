import type { Config } from '../config/config.ts'
import type { Exception } from '../model/exception.ts'
import { objectiveOf } from '../model/objective.ts'
import type { Rotation } from '../model/rotation.ts'
import { type Age, type Known, oldestAge } from './age.ts'
import type { Clock } from './aws-facts.ts'
import type { Listed } from './document.ts'
import type { Line, Period } from './evidence.ts'
import { createFigures, type Figures, fateOf, isByRetry, isDue } from './figures.ts'
import type { Placement } from './holds.ts'

/** What a period comes to. Lists end at `MOST_LISTED`; counts do not. */
export type Summary = {
  secrets: SecretSummary[]
  /** What the calendar asked for and did not get, or not in time, against everybody's will. */
  notKept: Listed<Line>
  /** Skipped by rule. */
  leftOut: Listed<Line>
  onDemand: Listed<Rotation>
  /** Of those kept: not at the first attempt. */
  byRetry: Listed<Line>
  /** Of all that changed their secret, those of which it was judged who has fetched it since. */
  adoptions: Listed<Rotation>
  /** Of all that were due and began: later than their objective. */
  pastObjective: Listed<Rotation>
  handovers: Listed<Rotation>
  /** Of those on demand: in spite of freezes and holds. */
  overrides: number
  /** Records of a moved occurrence at the instant where it was not due: each is counted at the other. */
  movedAway: number
  figures: { stage: Figures; schedules: ({ schedule: string } & Figures)[] }
  /** Rotations by the config they ran under, with the first and last scheduled instant. */
  versions: { version: string; rotations: number; first: string; last: string }[]
}

export type SecretSummary = {
  secretName: string
  /** In the config now, or chosen by one of its selectors. */
  underPolicy: boolean
  schedules: string[]
  /** Those with a record, and those that should have one: `kept + leftOut + open` and the rest, which is not kept. */
  due: number
  kept: number
  leftOut: number
  /** Without an outcome yet. */
  open: number
  onDemand: number
  external: number
  /** The latest start of one that was kept, ms after its instant. */
  latestStartMs?: number
  /** Epoch ms. */
  lastChange?: number
  /** Undefined: not known. */
  age?: Age | undefined
}

/** Nobody reads more; the CSV has them all. */
const MOST_LISTED = 1_000

type Row = Omit<SecretSummary, 'age' | 'schedules' | 'lastChange'> & {
  schedules: Set<string>
  changes: number[]
}

type Totals = Omit<Summary, 'secrets' | 'versions' | 'figures'> & {
  versions: Map<string, Summary['versions'][number]>
}

/** Everything a report is made of: the same makes the same report, byte for byte. */
export type ReportInput = {
  config: Config
  period: Period
  /** When it was made, epoch ms, and by whom. */
  generatedAt: number
  generatedBy: string
  summary: Summary
  holds: Placement[]
  /** Of occurrences of the period: skips and moves, taken back or not. */
  exceptions: Exception[]
  /** Schedules whose first record comes after the period's beginning: epoch ms, or none at all. */
  firstKnown: Map<string, number>
  /** How far the clock that skew is reckoned by is from AWS's. */
  clock: Clock
  /** What could not be read, and is therefore not in here. */
  unread: string[]
}

/** Adds up lines as they come; holds a few numbers a secret, and eight bytes a rotation. */
export function createSummary(underPolicy: Map<string, string[]>) {
  const rows = new Map<string, Row>()
  const totals: Totals = {
    ...{ notKept: nothing(), leftOut: nothing(), onDemand: nothing(), overrides: 0, movedAway: 0 },
    byRetry: nothing(),
    adoptions: nothing(),
    pastObjective: nothing(),
    handovers: nothing(),
    versions: new Map(),
  }
  const figures = createFigures()
  const rowOf = (secretName: string): Row => {
    const row = rows.get(secretName) ?? {
      ...{ secretName, underPolicy: underPolicy.has(secretName), schedules: new Set<string>() },
      ...{ due: 0, kept: 0, leftOut: 0, open: 0, onDemand: 0, external: 0, changes: [] },
    }
    rows.set(secretName, row)
    return row
  }
  for (const [secretName, schedules] of underPolicy) {
    for (const schedule of schedules) rowOf(secretName).schedules.add(schedule)
  }

  return {
    add(line: Line): void {
      figures.add(line)
      if ('rotation' in line) {
        addRotation(line, rowOf(line.rotation.secretName), totals)
        return
      }
      list(totals.notKept, line)
      const { secretName } = line.unrecorded
      if (secretName !== undefined) rowOf(secretName).due++
    },
    secretNames: (): string[] => [...rows.keys()].sort(),
    /** `knownOf`: by secret, what is known beside the period's records. */
    close(period: Period, knownOf: Map<string, Partial<Known>>): Summary {
      const secrets = [...rows.values()].map((row) => closed(row, period, knownOf.get(row.secretName)))
      const byName = (a: SecretSummary, b: SecretSummary) => (a.secretName < b.secretName ? -1 : 1)
      return {
        secrets: secrets.sort(byName),
        ...totals,
        figures: figures.close(),
        versions: [...totals.versions.values()],
      }
    },
  }
}

type Recorded = Extract<Line, { rotation: Rotation }>

function addRotation({ rotation, movedTo }: Recorded, row: Row, totals: Totals): void {
  const { trigger, rotatedAt, configVersion: version, scheduledAt } = rotation
  if (rotatedAt !== undefined) row.changes.push(Date.parse(rotatedAt))
  const seen = totals.versions.get(version) ?? {
    version,
    rotations: 0,
    first: scheduledAt,
    last: scheduledAt,
  }
  if (rotation.adoption) list(totals.adoptions, rotation)
  if (rotation.handover) list(totals.handovers, rotation)
  totals.versions.set(version, { ...seen, rotations: seen.rotations + 1, last: scheduledAt })
  if (trigger === 'EXTERNAL') row.external++
  else if (trigger === 'ON_DEMAND') {
    row.onDemand++
    if (rotation.override !== undefined) totals.overrides++
    list(totals.onDemand, rotation)
  } else if (isDue(rotation, movedTo)) addScheduled(rotation, row, totals)
  else totals.movedAway++
}

function addScheduled(rotation: Rotation, row: Row, totals: Totals): void {
  const { leftOut, notKept, byRetry, pastObjective } = totals
  row.schedules.add(rotation.schedule)
  row.due++
  const fate = fateOf(rotation)
  if (objectiveOf(rotation) === 'missed') list(pastObjective, rotation)
  if (fate === 'notKept') list(notKept, { rotation })
  else row[fate]++
  if (fate === 'leftOut') list(leftOut, { rotation })
  if (fate !== 'kept') return
  if (isByRetry(rotation)) list(byRetry, { rotation })
  const { skewMs } = rotation
  if (skewMs !== undefined) row.latestStartMs = Math.max(row.latestStartMs ?? skewMs, skewMs)
}

function closed({ changes, schedules, ...row }: Row, period: Period, known?: Partial<Known>): SecretSummary {
  const all = [...changes, ...(known?.changes ?? [])]
  const earlier = [known?.before, known?.created].filter((at) => at !== undefined && at <= period.to)
  const last = Math.max(Number.NEGATIVE_INFINITY, ...(earlier as number[]), ...largest(all))
  return {
    ...row,
    schedules: [...schedules].sort(),
    age: oldestAge({ ...known, changes: all }, period),
    ...(Number.isFinite(last) && { lastChange: last }),
  }
}

function nothing<T>(): Listed<T> {
  return { items: [], count: 0 }
}

function list<T>(listed: Listed<T>, item: T): void {
  listed.count++
  if (listed.items.length < MOST_LISTED) listed.items.push(item)
}

function largest(numbers: number[]): number[] {
  return numbers.length === 0 ? [] : [numbers.reduce((a, b) => Math.max(a, b))]
}
