import { KINDS } from './apps.ts'
import { gapsOf, median, rowsOf } from './judge.ts'
import { LABELS } from './picture.ts'
import { type Figures, USERS } from './world.ts'

/** The tables of docs/handover.md. */
export function tables(figures: Figures): string {
  const rows = rowsOf(figures)
  const minutes = ((figures.ended - figures.began) / 60_000).toFixed(1)
  const lines = [
    `seed ${figures.seed}, ${minutes} minutes, cache ${seconds(figures.ttlMs)}`,
    '',
    ...USERS.map((users) => {
      const gaps = gapsOf(figures, users)
      return `${users}: ${gaps.length} rotations; from setSecret to AWSCURRENT median ${seconds(median(gaps))}, longest ${seconds(gaps.at(-1) ?? 0)}`
    }),
    '',
    '| application | single: failed | of them in the gap | last failure after the gap, median / most | alternating: failed |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...KINDS.map((kind) => {
      const [single, alternating] = USERS.map((users) =>
        rows.find((it) => it.users === users && it.kind === kind),
      )
      const after = single?.lastAfterMs ?? []
      return `| ${LABELS[kind]} | ${single?.failed} of ${single?.total} | ${single?.inGap} | ${seconds(median(after))} / ${seconds(after.at(-1) ?? 0)} | ${alternating?.failed} of ${alternating?.total} |`
    }),
    '',
    `on new sessions: ${percent(rows.map(({ freshShare }) => freshShare))} of an application’s queries`,
    `handovers: ${counts(times(figures.rotations.map(({ handover }) => [handover])))}`,
    `planted in rotation functions: ${counts(figures.planted)}`,
    `on the wire: ${counts(figures.harmed)}`,
    `CloudTrail’s records: ${figures.trail.disordered} out of order, ${figures.trail.twice} twice, ${figures.trail.lost} lost`,
    `not seen to fetch, times of ${figures.rotations.length}: ${counts(times(figures.rotations.map(({ adoption }) => adoption.named)))}`,
    `doubted: ${counts(times(figures.rotations.map(({ adoption }) => adoption.doubted)))}`,
  ]
  return `${lines.join('\n')}\n`
}

function times(all: string[][]): [string, number][] {
  const found = new Map<string, number>()
  for (const name of all.flat()) found.set(name, (found.get(name) ?? 0) + 1)
  return [...found].sort()
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const counts = (all: [string, number][]) => all.map(([what, count]) => `${what} ${count}`).join(', ')
const percent = (shares: number[]) =>
  [Math.min(...shares), Math.max(...shares)].map((it) => `${(it * 100).toFixed(0)} %`).join(' to ')
