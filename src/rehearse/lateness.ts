import { objectiveOf } from '../model/objective.ts'
import type { Rotation } from '../model/rotation.ts'
import { createFigures, type Figures } from '../report/figures.ts'

/** How late a schedule's rotations begin. `later`: than their objective; `laterByItself`: even if Scheduler were on time. */
export type Lateness = Parts & { figures: Figures; later: Later; laterByItself: Later }

/** The most of one rotation, ms: until its wave began, which is Scheduler's; and after that, for its turn, canaries, hooks. */
type Parts = { schedulerMs: number; ownMs: number }

/** `mostMs`: the most skew of one. */
export type Later = Parts & { waves: number; rotations: number; mostMs: number }

/** Adds up how late each schedule's rotations begin; `figures` are those of every report. */
export function latenessOf() {
  const figures = createFigures()
  const all = new Map<string, Omit<Lateness, 'figures'>>()
  const of = (schedule: string) => {
    const known = all.get(schedule) ?? { ...NO_PARTS, later: none(), laterByItself: none() }
    all.set(schedule, known)
    return known
  }
  function addTo(later: Later, rotation: Rotation, parts: Parts, isNew: boolean): void {
    if (isNew) later.waves++
    later.rotations++
    later.mostMs = Math.max(later.mostMs, rotation.skewMs ?? 0)
    widen(later, parts)
  }
  return {
    /** All rotations of one wave. */
    add(rotations: Rotation[]): void {
      const seen = new Set<Later>()
      const began = Math.min(...rotations.map(({ events: [claimed] }) => Date.parse(claimed?.at ?? '')))
      for (const rotation of rotations) {
        figures.add({ rotation })
        if (rotation.skewMs === undefined) continue
        const its = of(rotation.schedule)
        const parts = partsOf(rotation, rotation.skewMs, began)
        widen(its, parts)
        const late: [Later, Rotation][] = [
          [its.later, rotation],
          [its.laterByItself, { ...rotation, skewMs: parts.ownMs }],
        ]
        for (const [later, judged] of late) {
          if (objectiveOf(judged) !== 'missed') continue
          addTo(later, rotation, parts, !seen.has(later))
          seen.add(later)
        }
      }
    },
    end: (): Map<string, Lateness> =>
      new Map(
        figures
          .close()
          .schedules.map(({ schedule, ...one }) => [schedule, { ...of(schedule), figures: one }]),
      ),
  }
}

/** `began`: when its wave did, epoch ms; ahead of its instant where an early run was there in time. */
function partsOf({ scheduledAt }: Rotation, skewMs: number, began: number): Parts {
  const schedulerMs = Math.min(skewMs, Math.max(0, began - Date.parse(scheduledAt)))
  return { schedulerMs, ownMs: skewMs - schedulerMs }
}

const NO_PARTS: Parts = { schedulerMs: 0, ownMs: 0 }

const none = (): Later => ({ ...NO_PARTS, waves: 0, rotations: 0, mostMs: 0 })

function widen(known: Parts, { schedulerMs, ownMs }: Parts): void {
  known.schedulerMs = Math.max(known.schedulerMs, schedulerMs)
  known.ownMs = Math.max(known.ownMs, ownMs)
}
