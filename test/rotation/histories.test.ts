import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { HOOK_KINDS } from '../../src/model/hooks.ts'
import { addSecret } from '../../src/rehearse/world/aws.ts'
import type { RotateRequest } from '../../src/rotation/wave-request.ts'
import { type History, written } from '../sim/history.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'

/*
 * An execution sleeps for days, and goes on by replaying its code: durable operations keep their names, kinds and order
 * as long as one of them may be asleep. Each of these stories is a file in `histories/`, so that a change shows in a diff.
 * After one that is meant: `npx vitest run test/rotation/histories.test.ts -u`, and read the diff with test/versions.
 */

type Stage = ReturnType<typeof simulatedStage>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const iso = (instant: number) => new Date(instant).toISOString()
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `db-${String(index).padStart(3, '0')}`)

const EARLY = { schedule: 'nightly', scheduledAt: iso(INSTANT - 2 * MINUTE), leadSeconds: 120 }
const YES = { status: 'APPROVED', by: 'ana@desk', reason: 'CHG-7' } as const
const NO = { status: 'REJECTED', by: 'ben@desk', reason: 'the batch still runs' } as const
const HOLD = {
  id: 'aaa-aaa-aaa',
  scope: 'all',
  reason: 'incident 7',
  by: 'ana',
  placedAt: iso(INSTANT - HOUR),
} as const
const FREEZE = {
  name: 'year-end',
  from: '2026-11-29',
  to: '2026-11-30',
  timezone: 'UTC',
  yearly: false,
  reason: 'audit',
}
const hook = (invoke: string) => ({ invoke, timeoutSeconds: 60 })

/** Somebody acts some time after the instant, or before it. */
async function after<T>({ clock }: Stage, ms: number, act: () => Promise<T>): Promise<T> {
  await clock.sleep(INSTANT + ms - clock.now())
  return act()
}

type Story = { options?: StageOptions; happens?: (stage: Stage) => unknown; hours?: number }

/** A delivery at the instant, or a minute before it; another request where one is given. */
const delivered = (request?: RotateRequest, durable?: Parameters<Stage['deliver']>[1]) => (stage: Stage) =>
  stage.deliver(request, durable)

const dies = { crash: (operation: string) => operation.endsWith(':rotate'), restart: false }
const slow = { step: ({ Step }: { Step: string }) => ({ delayMs: 100, fails: Step === 'testSecret' }) }

const STORIES: Record<string, Story> = {
  'plain wave': {},
  'two secrets, one after the other': {
    options: { schedule: { secrets: ['orders', 'users'], concurrency: 1 } },
  },
  'a canary, its soak, and the rest': {
    options: { schedule: { secrets: ['orders', 'users'], canary: 1, soakSeconds: 600 } },
  },
  'a canary that fails, and the rest': {
    options: { schedule: { secrets: ['orders', 'users'], canary: 1, soakSeconds: 600 }, ...slow },
  },
  'early companion': { options: { beginsMs: 2 * MINUTE }, happens: delivered(EARLY) },
  'hooks before and after': { options: { schedule: { before: [hook('a'), hook('b')], after: [hook('c')] } } },
  'vetoed by a hook': {
    options: { schedule: { before: [hook('a')] }, hook: async () => ({ ok: false, reason: 'no' }) },
  },
  approved: {
    options: { schedule: { approval: { timeoutSeconds: 1_200 } } },
    happens: (stage) => [stage.deliver(), after(stage, MINUTE, () => stage.answer(YES))],
  },
  'approved while the answer wakes nobody': {
    options: { schedule: { approval: { timeoutSeconds: 1_200 } } },
    happens: (stage) => [stage.deliver(), after(stage, MINUTE, () => stage.answer(YES, { dies: true }))],
  },
  'approved ahead of time': {
    options: { beginsMs: HOUR, schedule: { approval: { timeoutSeconds: 1_200 } } },
    happens: async (stage) => {
      await stage.ask()
      await after(stage, -30 * MINUTE, () => stage.answer(YES))
      return after(stage, 0, () => stage.deliver())
    },
  },
  rejected: {
    options: { schedule: { approval: { timeoutSeconds: 1_200 } } },
    happens: (stage) => [stage.deliver(), after(stage, MINUTE, () => stage.answer(NO))],
  },
  frozen: { options: { freezes: [FREEZE] } },
  held: { happens: (stage) => stage.holds.place(HOLD).then(() => stage.deliver()) },
  'refused by AWS': {
    happens: (stage) => {
      stage.aws.context.state.secrets.delete('orders')
      return stage.deliver()
    },
  },
  'timed out': { options: slow },
  'attempted again, with before-hooks': {
    options: { ...slow, heardMs: () => 2_000, schedule: { retries: 1, before: [hook('is-batch-done')] } },
  },
  'attempted again': { options: { ...slow, heardMs: () => 2_000, schedule: { retries: 2 } } },
  'adopted by a later one': {
    options: { step: () => ({ delayMs: 100, fails: failing.now }) },
    hours: 25,
    happens: async (stage) => {
      failing.now = true
      const first = stage.deliver()
      await after(stage, 23 * HOUR, async () => {
        failing.now = false
      })
      await stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT + 24 * HOUR) })
      return first
    },
  },
  'chosen by a selector': {
    options: { selected: true },
    happens: (stage) => {
      for (const name of names(2)) addSecret(stage.aws, name)
      return stage.deliver()
    },
  },
  'nothing matched': { options: { selected: true }, happens: (stage) => stage.deliver().catch(() => {}) },
  'large, in parts': { options: { schedule: { secrets: names(45), concurrency: 40 } } },
  'a part stopped by an operator': {
    options: { schedule: { secrets: names(45), concurrency: 40 }, stopsPart: () => true },
    happens: (stage) => stage.deliver().catch(() => {}),
  },
  'a catch-up': {
    happens: (stage) =>
      after(stage, 4 * MINUTE, () =>
        stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT), catchUp: true }),
      ),
  },
  'an hour ahead, by other zone data': {
    options: { beginsMs: HOUR, schedule: { timezone: 'Europe/Berlin', when: 'cron(0 4 * * ? *)' } },
    happens: delivered({ schedule: 'nightly', scheduledAt: iso(INSTANT - HOUR) }),
  },
  'a delivery for no occurrence': {
    happens: (stage) =>
      after(stage, 9 * HOUR, () =>
        stage.deliver({ schedule: 'nightly', scheduledAt: iso(INSTANT + 9 * HOUR) }),
      ),
    hours: 10,
  },
  'on demand': {
    happens: delivered({ requestId: 'r1', secrets: ['orders'], scheduledAt: iso(INSTANT - MINUTE) }),
  },
  'on demand, for later': {
    options: { beginsMs: HOUR },
    happens: delivered({ requestId: 'r1', secrets: ['orders'], scheduledAt: iso(INSTANT) }),
  },
  'delivered twice': { happens: (stage) => [stage.deliver(), after(stage, 0, () => stage.deliver())] },
  'taken over from a run that died': {
    options: { beginsMs: 2 * MINUTE },
    happens: (stage) => [stage.deliver(EARLY, dies), after(stage, 500, () => stage.deliver())],
  },
}

/** Whether rotation functions fail, in the story that needs them to. */
const failing = { now: false }

async function told({ options, happens = delivered(), hours = 2 }: Story): Promise<string> {
  const histories = new Map<string, History>()
  const stage = simulatedStage({ ...options, histories })
  const ended = Promise.all([happens(stage)].flat())
  await stage.clock.runUntil(INSTANT + hours * HOUR)
  await ended
  const rotations = [...stage.ledger.rows.values()]
  const outcomes = Map.groupBy(rotations, ({ status, reason }) => [status, reason].filter(Boolean).join(' '))
  const counted = [...outcomes].map(([outcome, { length }]) => `${outcome} ${length}`)
  return [
    ...[...histories].map(([execution, history]) => `${execution}\n${written(history, '  ')}`),
    `outcomes: ${counted.join(', ') || 'none'}\n`,
  ].join('\n')
}

const fileOf = (name: string) => `${name.toLowerCase().replace(/[^a-z]+/g, '-')}.txt`

describe('the durable operations of', () => {
  it.each(Object.entries(STORIES))('%s', async (name, story) => {
    await expect(await told(story)).toMatchFileSnapshot(`histories/${fileOf(name)}`)
  })

  it('a run whose process dies after each of them are the same', async () => {
    const died = new Set<string>()
    const crash = (operation: string, point: string) =>
      point === 'after checkpoint' && died.size < died.add(operation).size
    const name = 'hooks before and after'
    const story = { ...STORIES[name], happens: delivered(undefined, { crash }) }
    await expect(await told(story)).toMatchFileSnapshot(`histories/${fileOf(name)}`)
    expect(died.size).toBeGreaterThan(10)
  })

  it('hooks show every kind there is, each of which docs/hooks.md describes', async () => {
    const files = await readdir(new URL('histories', import.meta.url))
    const texts = await Promise.all(
      files.map((file) => readFile(new URL(`histories/${file}`, import.meta.url), 'utf8')),
    )
    const page = await readFile(new URL('../../docs/hooks.md', import.meta.url), 'utf8')
    for (const kind of HOOK_KINDS) {
      expect(
        texts.some((text) => text.includes(`${kind} hook 1`)),
        kind,
      ).toBe(true)
      expect(page).toMatch(new RegExp(`^\\| answer \\|.* ${kind} \\|`, 'm'))
    }
  })

  it('every file are told here', async () => {
    const files = await readdir(new URL('histories', import.meta.url))
    expect(files.sort()).toEqual(Object.keys(STORIES).map(fileOf).sort())
  })
})
