import type { Rotation } from '../model/rotation.ts'
import { type Age, type Known, oldestAge } from './age.ts'
import type { Line, Period, Unrecorded } from './evidence.ts'
import { isLeftOut } from './intended.ts'

/** What a period comes to. Lists end at `MOST_LISTED`; counts do not. */
export type Summary = {
  secrets: SecretSummary[]
  /** What the calendar asked for and did not get, or not in time, against everybody's will. */
  notKept: Listed<Line>
  /** Skipped by rule. */
  leftOut: Listed<Line>
  onDemand: Listed<Rotation>
  /** Of those on demand: in spite of freezes and holds. */
  overrides: number
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

export type Listed<T> = { items: T[]; count: number }

/** Nobody reads more; the CSV has them all. */
const MOST_LISTED = 1_000

type Row = Omit<SecretSummary, 'age' | 'schedules' | 'lastChange'> & {
  schedules: Set<string>
  changes: number[]
}

/** Adds up lines as they come; holds a few numbers a secret, and eight bytes a rotation. */
export function openSummary(underPolicy: Map<string, string[]>) {
  const rows = new Map<string, Row>()
  const notKept: Listed<Line> = { items: [], count: 0 }
  const leftOut: Listed<Line> = { items: [], count: 0 }
  const onDemand: Listed<Rotation> = { items: [], count: 0 }
  let overrides = 0
  const versions = new Map<string, Summary['versions'][number]>()
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

  function addRotation(rotation: Rotation): void {
    const row = rowOf(rotation.secretName)
    const { trigger, rotatedAt, skewMs, configVersion: version, scheduledAt } = rotation
    if (rotatedAt !== undefined) row.changes.push(Date.parse(rotatedAt))
    const seen = versions.get(version) ?? { version, rotations: 0, first: scheduledAt, last: scheduledAt }
    versions.set(version, { ...seen, rotations: seen.rotations + 1, last: scheduledAt })
    if (trigger === 'EXTERNAL') {
      row.external++
      return
    }
    if (trigger === 'ON_DEMAND') {
      row.onDemand++
      if (rotation.override !== undefined) overrides++
      list(onDemand, rotation)
      return
    }
    row.schedules.add(rotation.schedule)
    row.due++
    if (isOpen(rotation)) row.open++
    else if (isLeftOut(rotation)) {
      row.leftOut++
      list(leftOut, { rotation })
    } else if (isKept(rotation)) {
      row.kept++
      if (skewMs !== undefined) row.latestStartMs = Math.max(row.latestStartMs ?? skewMs, skewMs)
    } else list(notKept, { rotation })
  }

  function addUnrecorded(unrecorded: Unrecorded): void {
    list(notKept, { unrecorded })
    if (unrecorded.secretName !== undefined) rowOf(unrecorded.secretName).due++
  }

  return {
    add(line: Line): void {
      if ('rotation' in line) addRotation(line.rotation)
      else addUnrecorded(line.unrecorded)
    },
    secretNames: (): string[] => [...rows.keys()].sort(),
    /** `knownOf`: by secret, what is known beside the period's records. */
    close(period: Period, knownOf: Map<string, Partial<Known>>): Summary {
      const secrets = [...rows.values()].map(({ changes, schedules, ...row }): SecretSummary => {
        const known = knownOf.get(row.secretName)
        const all = [...changes, ...(known?.changes ?? [])]
        const earlier = [known?.before, known?.created].filter((at) => at !== undefined && at <= period.to)
        const last = Math.max(Number.NEGATIVE_INFINITY, ...(earlier as number[]), ...largest(all))
        return {
          ...row,
          schedules: [...schedules].sort(),
          age: oldestAge({ ...known, changes: all }, period),
          ...(Number.isFinite(last) && { lastChange: last }),
        }
      })
      const byName = (a: SecretSummary, b: SecretSummary) => (a.secretName < b.secretName ? -1 : 1)
      return {
        ...{ secrets: secrets.sort(byName), notKept, leftOut, onDemand, overrides },
        versions: [...versions.values()],
      }
    },
  }
}

/** It succeeded, and not only after it had been given up. */
function isKept({ status, late }: Rotation): boolean {
  return status === 'SUCCEEDED' && late !== true
}

function isOpen({ status }: Rotation): boolean {
  return status === 'CLAIMED' || status === 'ROTATING'
}

function list<T>(listed: Listed<T>, item: T): void {
  listed.count++
  if (listed.items.length < MOST_LISTED) listed.items.push(item)
}

function largest(numbers: number[]): number[] {
  return numbers.length === 0 ? [] : [numbers.reduce((a, b) => Math.max(a, b))]
}
