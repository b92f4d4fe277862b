import { describe, expect, it } from 'vitest'
import type { Rotation, Status } from '../../src/model/rotation.ts'
import { createFollowNotes } from '../../src/operate/follow-notes.ts'
import { aClaim } from '../ledger/table.ts'

const START = Date.parse('2026-11-29T03:00:00Z')
const rotation = (secret: string, status: Status): Rotation => ({ ...aClaim({ secret }), status, events: [] })

/** Follows a wave that starts so many seconds from now, on a clock of its own. */
function following(inSeconds = 0) {
  const lines: string[] = []
  let now = START
  const notes = createFollowNotes(
    { now: () => now, note: (line) => lines.push(line) },
    START + inSeconds * 1_000,
  )
  return {
    ...notes,
    lines,
    pass(seconds: number) {
      now += seconds * 1_000
    },
  }
}

describe('what is told of a wave that is followed', () => {
  it('is every change of a few', () => {
    const { changed, lines } = following()
    changed(rotation('a', 'CLAIMED'), 2)
    changed(rotation('a', 'SUCCEEDED'), 2)
    expect(lines).toEqual(['2026-11-29T03:00:00.000Z  a  CLAIMED', '2026-11-29T03:00:00.000Z  a  SUCCEEDED'])
  })

  it('is what goes wrong of many, and how far they are every ten seconds', () => {
    const { changed, looked, pass, lines } = following()
    for (let n = 0; n < 300; n++) changed(rotation(`s${n}`, 'CLAIMED'), 300)
    const seen = [rotation('s1', 'SUCCEEDED'), rotation('s2', 'FAILED'), rotation('s3', 'ROTATING')]
    for (const it of seen) changed(it, 300)
    for (let second = 0; second < 25; second++) {
      pass(1)
      looked(seen, 300)
    }
    expect(lines).toEqual([
      '2026-11-29T03:00:00.000Z  s2  FAILED',
      '2026-11-29T03:00:10.000Z  2 of 300 ended',
      '2026-11-29T03:00:20.000Z  2 of 300 ended',
    ])
  })

  it('is a sign of life each minute, and each hour before it starts', () => {
    const { looked, pass, lines } = following(3_600 * 2)
    for (let minute = 0; minute < 123; minute++) {
      pass(60)
      looked([rotation('a', 'CLAIMED')], 1)
    }
    expect(lines.map((line) => line.slice(11, 16))).toEqual(['04:00', '05:00', '05:01', '05:02', '05:03'])
  })
})
