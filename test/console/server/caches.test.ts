import { describe, expect, it } from 'vitest'
import { cachedRead } from '../../../src/console/server/cached-read.ts'
import { createLedgerCache } from '../../../src/console/server/ledger-cache.ts'
import type { Rotation } from '../../../src/model/rotation.ts'

/** A reading that ends when told, and a clock that is set. */
function scene() {
  const ends: { resolve(value: number): void; reject(error: Error): void }[] = []
  let at = 0
  const reading = cachedRead(
    () => new Promise<number>((resolve, reject) => void ends.push({ resolve, reject })),
    1_000,
    () => at,
  )
  return { reading, ends, pass: (ms: number) => (at += ms) }
}

describe('a cached read', () => {
  it('is one for all who ask while it is under way, however long that is', async () => {
    const { reading, ends, pass } = scene()
    const first = reading.read()
    pass(9_000)
    const second = reading.read()
    ends[0]?.resolve(7)
    expect([await first, await second, ends.length]).toEqual([7, 7, 1])
  })

  it('serves for a second from its beginning', async () => {
    const { reading, ends, pass } = scene()
    const first = reading.read()
    ends[0]?.resolve(1)
    await first
    pass(999)
    expect([await reading.read(), ends.length]).toEqual([1, 1])
    pass(1)
    const next = reading.read()
    ends[1]?.resolve(2)
    expect([await next, ends.length]).toEqual([2, 2])
  })

  it('that fails is told to all who wait, and tried again by the next', async () => {
    const { reading, ends } = scene()
    const waiting = Promise.allSettled([reading.read(), reading.read()])
    ends[0]?.reject(new Error('down'))
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = reading.read()
    ends[1]?.resolve(2)
    expect(await next).toBe(2)
  })

  it('that is forgotten under way serves those who asked before, and no one after', async () => {
    const { reading, ends } = scene()
    const before = reading.read()
    reading.forget()
    const after = reading.read()
    ends[1]?.resolve(2)
    expect(await after).toBe(2)
    ends[0]?.resolve(1)
    expect(await before).toBe(1)
    expect([await reading.read(), ends.length]).toEqual([2, 2])
  })
})

describe('days of the ledger', () => {
  const NOW = Date.parse('2026-11-24T22:00:00Z')

  function counted(size = 1) {
    const asked: string[] = []
    let at = 0
    async function* query(_index: string, day: string) {
      asked.push(day)
      for (let i = 0; i < size; i++) yield { rotationId: `${day} ${i}`, events: [] } as unknown as Rotation
    }
    const days = createLedgerCache({ query }, { now: () => NOW, giveUpMs: 1_000 }, () => at)
    const read = async (...list: string[]) => {
      const found: number[] = []
      for await (const day of days.of(list)) found.push(day.length)
      return found
    }
    return { asked, read, pass: (ms: number) => (at += ms) }
  }

  it('are read in the order asked for', async () => {
    const { asked, read } = counted(2)
    const list = Array.from({ length: 20 }, (_, i) => `2026-10-${20 - i}`.replace(/-(\d)$/, '-0$1'))
    expect(await read(...list)).toEqual(list.map(() => 2))
    expect(asked).toEqual(list)
  })

  it('are kept for five minutes once two days have passed since, the newer ones are not', async () => {
    const { asked, read, pass } = counted()
    const all = ['2026-11-24', '2026-11-22', '2026-11-21']
    await read(...all)
    await read(...all)
    expect(asked).toEqual([...all, '2026-11-24', '2026-11-22'])
    pass(300_000)
    await read('2026-11-21')
    expect(asked.at(-1)).toBe('2026-11-21')
  })

  it('beyond twenty thousand rotations the one read longest ago is given up', async () => {
    const { asked, read } = counted(9_000)
    await read('2026-11-01', '2026-11-02', '2026-11-03')
    await read('2026-11-02', '2026-11-03')
    expect(asked).toHaveLength(3)
    await read('2026-11-01')
    expect(asked).toHaveLength(4)
  })
})
