import { describe, expect, it } from 'vitest'
import { namesIdOf, rotationIdOf, waveIdOf } from '../../src/model/identity.ts'
import type { Rotation } from '../../src/model/rotation.ts'
import { memoryLedger } from '../../src/rehearse/world/ledger.ts'
import { memoryWaves } from '../../src/rehearse/world/stores.ts'
import { claim, claimOf } from '../../src/rotation/claim.ts'
import { claimWave as claimed } from '../../src/rotation/claim-wave.ts'
import type { Ports } from '../../src/rotation/ports.ts'
import { watchOther } from '../../src/rotation/watch.ts'
import type { Wave } from '../../src/rotation/wave.ts'
import { inlineSteps } from '../../src/steps/inline.ts'

const claimWave = async (...given: Parameters<typeof claimed>) => (await claimed(...given)).owned

const AT = Date.parse('2026-11-29T03:00:00Z')
const iso = (instant: number) => new Date(instant).toISOString()
const WAVE: Wave = {
  ...{ name: 'nightly', scheduledAt: iso(AT), occasion: iso(AT), trigger: 'SCHEDULE', secrets: ['a', 'b'] },
  ...{ windowSeconds: 600, timeoutSeconds: 300, concurrency: 1 },
}
/** Three tries of 20 s, each with half a minute between: 150 s. */
const HOOKED: Wave = { ...WAVE, before: [{ invoke: 'veto', timeoutSeconds: 20 }] }
const idOf = (secret: string) => rotationIdOf('nightly', secret, iso(AT))
const ID = idOf('a')

/** Two runs on one ledger, the other one's claim made `claimed` ms after the instant; ours comes at `now`. */
async function world({
  now = 0,
  claimed,
  wave = WAVE,
}: {
  now?: number
  claimed?: number
  wave?: Wave
} = {}) {
  let clock = AT + now
  const [ledger, waves, log] = [memoryLedger(), memoryWaves(), [] as string[]]
  /** What happens on the way, once that many ms have passed since the instant. */
  const later: [number, () => unknown][] = []
  const portsOf = (executionArn: string, at = () => clock) =>
    ({
      ...{ executionArn, ledger, waves, now: at, config: { version: 'one' } },
      log: (message: string) => void log.push(message),
    }) as unknown as Ports
  const [ours, theirs] = [portsOf('us'), portsOf('them', () => AT + (claimed ?? 0))]
  const steps = inlineSteps({
    async pause(seconds) {
      clock += seconds * 1_000
      for (const [ms, happen] of later.filter(([ms]) => AT + ms <= clock)) {
        later.splice(
          later.findIndex(([it]) => it === ms),
          1,
        )
        await happen()
      }
    },
  })
  if (claimed !== undefined) await claim(steps, ID, 'a', wave, theirs)
  return {
    ...{ ledger, waves, log, later, ours, theirs, steps },
    ms: () => clock - AT,
    claim: () => claim(steps, ID, 'a', wave, ours),
    moves: (status: Rotation['status'], secret = 'a', ms = 0) =>
      ledger.transition(idOf(secret), ['CLAIMED', 'ROTATING'], {
        ...{ status, at: iso(AT + ms) },
        ...(status !== 'ROTATING' && { settledAt: iso(AT + ms) }),
      }),
  }
}

describe('a claim', () => {
  it('is ours where nobody has it, and stays so', async () => {
    const it = await world()
    expect(await it.claim()).toMatchObject({ executionArn: 'us', status: 'CLAIMED' })
    expect(await it.claim()).toMatchObject({ executionArn: 'us' })
    expect(it.ms()).toBe(0)
  })

  it.each(['ROTATING', 'SUCCEEDED', 'FAILED'] as const)(
    'of another that is %s is left alone',
    async (status) => {
      const it = await world({ claimed: -120_000 })
      await it.moves(status)
      it.ours.ledger = { ...it.ledger, get: () => Promise.reject(new Error('nothing is watched')) }
      expect(await it.claim()).toMatchObject({ executionArn: 'them', status })
      expect(it.log).toEqual([])
      expect(it.ms()).toBe(0)
    },
  )

  it.each([
    // A minute past the instant, looked at every 15 s.
    ['a minute past its instant', { claimed: -120_000 }, 60_000],
    ['at the first look, where that has long passed', { now: 300_000, claimed: -120_000 }, 300_000],
    ['a minute past its making, where it was late', { now: 1_000, claimed: 0 }, 61_000],
    // The look at 201 s is the first that is not before 200 s.
    ['a minute past what its hooks may take', { now: 6_000, claimed: -10_000, wave: HOOKED }, 201_000],
  ])('of another that stays silent is taken over: %s', async (_, options, when) => {
    const it = await world(options)
    expect(await it.claim()).toMatchObject({ executionArn: 'us', status: 'CLAIMED' })
    expect(it.ms()).toBe(when)
    expect(it.ledger.rows.get(ID)?.events.at(-1)?.message).toBe('taken over from them')
  })

  it('is judged by what held as it was made, not by what our config says', async () => {
    const it = await world({ claimed: -10_000, wave: HOOKED })
    const watched = await claim(it.steps, ID, 'a', WAVE, it.ours)
    expect([watched.executionArn, it.ms()]).toEqual(['us', 210_000])
    // A record of an earlier release says nothing: then by ours.
    const old = await world({ claimed: -10_000 })
    const row = old.ledger.rows.get(ID)
    if (row) delete row.limits
    await claim(old.steps, ID, 'a', HOOKED, old.ours)
    expect(old.ms()).toBe(210_000)
  })

  it('of another that has gone on meanwhile is its own, at the next look', async () => {
    const it = await world({ claimed: -120_000 })
    it.later.push([30_000, () => it.moves('ROTATING')])
    it.ours.ledger = { ...it.ledger, takeOver: () => Promise.reject(new Error('nothing is taken over')) }
    expect(await it.claim()).toMatchObject({ executionArn: 'them', status: 'ROTATING' })
    expect(it.ms()).toBe(30_000)
  })

  it('of a run that Lambda says has ended is taken over at once; of an earlier owner’s end it says nothing', async () => {
    const end = { at: iso(AT), status: 'FAILED' } as const
    const it = await world({ claimed: -120_000 })
    await it.ledger.noteEnd(ID, { ...end, executionArn: 'them' } as never)
    expect(await it.claim()).toMatchObject({ executionArn: 'us' })
    expect(it.ms()).toBe(0)
    const other = await world({ claimed: -120_000 })
    Object.assign(other.ledger.rows.get(ID) ?? {}, { runEnd: { ...end, executionArn: 'before them' } })
    expect(await other.claim()).toMatchObject({ executionArn: 'us' })
    expect(other.ms()).toBe(60_000)
  })

  it('that a third one has taken over is that one’s', async () => {
    const it = await world({ claimed: -120_000 })
    it.later.push([60_000, () => it.ledger.takeOver(ID, 'them', 'a third', iso(AT))])
    const { takeOver } = it.ledger
    it.ours.ledger = { ...it.ledger, takeOver: (id, _from, to, at) => takeOver(id, 'them', to, at) }
    expect(await it.claim()).toMatchObject({ executionArn: 'a third' })
  })

  it('that cannot be looked at is as it was; the conditional write looks again', async () => {
    const it = await world({ claimed: -120_000 })
    it.ours.ledger = { ...it.ledger, get: () => Promise.reject(new Error('no answer')) }
    it.later.push([60_000, () => it.moves('ROTATING')])
    expect(await it.claim()).toMatchObject({ executionArn: 'them', status: 'ROTATING' })
    expect(it.log).toEqual(Array.from({ length: 5 }, () => 'could not read the ledger'))
  })
})

describe('the record of a claim', () => {
  it('has what it was made of, and nothing that there was not', async () => {
    const { ours } = await world()
    expect(claimOf(ID, 'a', WAVE, ours)).toStrictEqual({
      ...{ rotationId: ID, schedule: 'nightly', secret: 'a', secretName: 'a', scheduledAt: iso(AT) },
      ...{ trigger: 'SCHEDULE', claimedAt: iso(AT), executionArn: 'us', configVersion: 'one', sending: null },
      zoneData: expect.stringMatching(/^\d{4}[a-z]$/),
      limits: { windowSeconds: 600, timeoutSeconds: 300, beforeSeconds: 0, afterSeconds: 0 },
    })
  })

  it('has who asked and why, where, and for what it was delivered', async () => {
    const { ours } = await world()
    const place = { account: '111122223333', region: 'us-east-1' }
    const asked = { requester: 'ana', requestReason: 'CHG-1', override: 'CHG-2' }
    const approval = { id: 'x', by: 'ben', at: iso(AT) } as never
    const delivery = { for: iso(AT - 60_000), is: 'AHEAD' } as const
    const made = claimOf(
      ID,
      'a',
      { ...WAVE, ...asked, place, approval, delivery, trigger: 'ON_DEMAND' },
      ours,
    )
    expect(made).toMatchObject({ ...asked, ...place, approval, deliveredFor: iso(AT - 60_000) })
    expect(made.secretName).toContain('111122223333')
    expect(made).not.toHaveProperty('zoneData')
    const { account, ...elsewhere } = place
    expect(claimOf(ID, 'a', { ...WAVE, place: elsewhere }, ours)).not.toHaveProperty('account')
    const { region, ...there } = place
    expect(claimOf(ID, 'a', { ...WAVE, place: there }, ours)).not.toHaveProperty('region')
  })
})

describe('watching', () => {
  /** What was seen at last, and when it was looked (ms after the instant). */
  const watched = async (
    isOver: (seen: number) => boolean,
    pause?: (secondsLeft: number, attempt: number) => number,
  ) => {
    const it = await world()
    const looks: number[] = []
    const other = { initial: 0, since: AT, until: AT + 40_000, isOver, failed: () => {} }
    const look = async () => looks.push(it.ms())
    const seen = await watchOther<number>(
      it.steps,
      'watch',
      { ...other, look, ...(pause && { pause }) },
      it.ours,
    )
    return [seen, looks]
  }

  it('looks every 15 s until it is over, or the instant has passed', async () => {
    expect(await watched(() => false)).toEqual([4, [0, 15_000, 30_000, 45_000]])
    expect(await watched((seen) => seen === 2)).toEqual([2, [0, 15_000]])
  })

  it('or as often as it is told, by the whole seconds that are left, and not after its end', async () => {
    const left: number[][] = []
    const pause = (...args: number[]) => left.push(args) * 15
    expect(await watched(() => false, pause)).toEqual([3, [0, 15_000, 45_000]])
    expect(left).toEqual([
      [40, 1],
      [25, 2],
    ])
    expect(
      await watched(
        () => false,
        () => 20,
      ),
    ).toEqual([3, [0, 20_000, 40_000]])
  })
})

describe('a wave', () => {
  /** What the other run has come to, and whether ours goes through the wave. */
  const second = async (
    options: { now?: number; claimed?: number; ours?: Wave; theirs?: Wave } = {},
    before: (it: Awaited<ReturnType<typeof world>>) => unknown = () => {},
  ) => {
    const it = await world({ now: options.now ?? 0 })
    const started = { ...it.theirs, now: () => AT + (options.claimed ?? -120_000) }
    expect(await claimWave(it.steps, options.theirs ?? WAVE, started)).toBe(true)
    await before(it)
    const ours = await claimWave(it.steps, options.ours ?? WAVE, it.ours)
    const owner = (await it.waves.get(waveIdOf(WAVE)))?.executionArn
    return it.log.length > 0 ? [ours, it.ms(), owner, it.log[0]] : [ours, it.ms(), owner]
  }
  const claims = (it: Awaited<ReturnType<typeof world>>, ...secrets: string[]) =>
    Promise.all(secrets.map((secret) => claim(it.steps, idOf(secret), secret, WAVE, it.theirs)))

  it('is noted with what it was made of, once', async () => {
    const it = await world({ now: 5_000 })
    expect(await claimWave(it.steps, HOOKED, it.ours)).toBe(true)
    const noted = {
      ...{ schedule: 'nightly', scheduledAt: iso(AT), startedAt: iso(AT + 5_000), secrets: 2 },
      ...{ names: namesIdOf(['a', 'b']), beforeSeconds: 150, executionArn: 'us', failed: [] },
    }
    expect(await it.waves.get(waveIdOf(WAVE))).toEqual(noted)
    // A replay of the same execution goes on.
    expect(await claimWave(it.steps, HOOKED, it.ours)).toBe(true)
    expect(await it.waves.get(waveIdOf(WAVE))).toEqual(noted)
  })

  it('without secrets has why, and one with secrets has not', async () => {
    const refused = { reason: 'NOTHING_MATCHED', message: 'none' } as const
    const it = await world()
    await claimWave(it.steps, { ...WAVE, secrets: [], refused }, it.ours)
    expect(await it.waves.get(waveIdOf(WAVE))).toMatchObject({ secrets: 0, refused })
    const other = await world()
    await claimWave(other.steps, { ...WAVE, refused }, other.ours)
    expect(await other.waves.get(waveIdOf(WAVE))).not.toHaveProperty('refused')
  })

  it('that another run has started, and that shows no life, is ours a minute past the instant', async () => {
    expect(await second()).toEqual([true, 60_000, 'us'])
    expect(await second({ now: 600_000 })).toEqual([true, 600_000, 'us'])
    expect(await second({ claimed: 30_000, now: 30_000 })).toEqual([true, 90_000, 'us'])
  })

  it('or a minute past what its first hooks may take: by its record, else by ours', async () => {
    expect(await second({ claimed: -30_000, theirs: HOOKED })).toEqual([true, 180_000, 'us'])
    const old = await second({ claimed: -30_000, ours: HOOKED }, async (it) => {
      const get = it.waves.start
      it.ours.waves = {
        ...it.waves,
        start: async (...args) => {
          const { beforeSeconds: _, ...record } = await get(...args)
          return record
        },
      }
    })
    expect(old).toEqual([true, 180_000, 'us'])
  })

  it('that the audit catches up is not watched: it knows', async () => {
    expect(await second({ ours: { ...WAVE, trigger: 'CATCH_UP' } })).toEqual([true, 0, 'us'])
  })

  it('that came to nothing has nobody who goes on', async () => {
    const refused = { reason: 'SECRETS_UNKNOWN', message: 'could not list' } as never
    expect(await second({ theirs: { ...WAVE, secrets: [], refused } })).toEqual([true, 0, 'us'])
  })

  it.each<[string, (it: Awaited<ReturnType<typeof world>>) => unknown, boolean]>([
    ['its first secret rotates', (it) => claims(it, 'a').then(() => it.moves('ROTATING')), true],
    [
      'its first secret was settled at the instant',
      (it) => claims(it, 'a').then(() => it.moves('SKIPPED')),
      true,
    ],
    [
      'all were settled before',
      (it) =>
        claims(it, 'a', 'b').then(() =>
          Promise.all([it.moves('SKIPPED', 'a', -1), it.moves('SKIPPED', 'b', -1)]),
        ),
      true,
    ],
    [
      'the first was settled before, the second rotates',
      (it) =>
        claims(it, 'a', 'b').then(() =>
          Promise.all([it.moves('SKIPPED', 'a', -1), it.moves('ROTATING', 'b')]),
        ),
      true,
    ],
    [
      'the first was settled before, the second is claimed',
      (it) => claims(it, 'a', 'b').then(() => it.moves('SKIPPED', 'a', -1)),
      false,
    ],
    [
      'the first was settled before, the second is not there',
      (it) => claims(it, 'a').then(() => it.moves('SKIPPED', 'a', -1)),
      false,
    ],
    [
      'the first is claimed, whatever the second does',
      (it) => claims(it, 'a', 'b').then(() => it.moves('ROTATING', 'b')),
      false,
    ],
    ['nothing is there', () => {}, false],
  ])('shows life where %s', async (_, before, lives) => {
    expect(await second({}, before)).toEqual(lives ? [false, 0, 'them'] : [true, 60_000, 'us'])
  })

  it('is left to the other run as soon as it shows life', async () => {
    const alive = await second({}, async (it) => {
      await claims(it, 'a')
      it.later.push([30_000, () => it.moves('ROTATING')])
    })
    expect(alive).toEqual([false, 30_000, 'them'])
  })

  it('that cannot be looked at counts as silent, and is taken over by a conditional write', async () => {
    const blind = await second({}, async (it) => {
      await claims(it, 'a')
      it.ours.ledger = { ...it.ledger, get: () => Promise.reject(new Error('no answer')) }
    })
    expect(blind).toEqual([true, 60_000, 'us', 'could not read the ledger'])
  })

  it('that a third run has taken over first is not ours, nor one whose record is gone', async () => {
    const lostTo = await second({}, (it) => {
      it.later.push([60_000, () => it.waves.takeOver(waveIdOf(WAVE), 'them', 'a third')])
    })
    expect(lostTo).toEqual([false, 60_000, 'a third'])
    const gone = await second({}, (it) => {
      it.ours.waves = { ...it.waves, takeOver: async () => undefined }
    })
    expect(gone[0]).toBe(false)
  })
})
