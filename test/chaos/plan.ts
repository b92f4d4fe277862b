import { seeded } from '../../src/rehearse/world/random.ts'

/** What a run plays, by its seed: the stage's config, and what is deployed over it halfway. Times: epoch ms. */
export type Plan = {
  secrets: { name: string; tags: Record<string, string>; how?: How }[]
  /** Of which is watched who fetches them. */
  watched: string[]
  /** As YAML. */
  config: string
  /** The same with one more freeze, deployed at `at`. */
  redeploy: { at: number; config: string; freeze: { name: string; from: number; to: number } }
}

export const STAGE = 'chaos'

/** Of a rotation function: it always breaks; or it does for half a minute of each version. */
type How = 'broken' | 'shaky'

/** Windows, timeouts and hooks as short as the grammar allows: a run has minutes. */
const KINDS = [
  'window: 1m, timeout: 40s',
  'window: 2m, timeout: 40s, precision: second',
  'window: 4m, timeout: 30s, after: [{ invoke: after-hook, timeout: 10s }]',
  'window: 5m, timeout: 60s, precision: second, before: [{ invoke: before-hook, timeout: 10s }]',
  'window: 2m, timeout: 45s, maxErrors: 1, concurrency: 2',
  'window: 3m, timeout: 30s, onMissed: report',
  'window: 4m, timeout: 30s, retries: 2, before: [{ invoke: before-hook, timeout: 10s }]',
  'window: 3m, timeout: 40s, retries: 1, pauseAfter: 1',
  'window: 5m, timeout: 40s, canary: 1, soak: 1m, pauseAfter: 2',
  'window: 5m, timeout: 40s, precision: second, canary: 2, retries: 2',
] as const

/** A freeze is a good part of so short a run: half of the schedules go through it. */
const IGNORED = 'ignoreFreezes: [{ name: change, reason: agreed }, { name: incident, reason: agreed }]'

const ALL = `, ${IGNORED}`

/** So many secrets, every so many minutes. */
type Wave = { size: number; every: number; kind: string; how?: How }

/**
 * What each run has, however short: a canary's rest; a wave of which nothing but its canary is ever touched, for its functions
 * break every time; one that is paused for the same reason; one that is attempted again.
 */
const sure = (seed: number): Wave[] => [
  { size: 4, every: 2, kind: `${KINDS[8 + (seed % 2)]}${ALL}` },
  { size: 4, every: 2, how: 'broken', kind: 'window: 4m, timeout: 40s, canary: 1' },
  { size: 2, every: 1, how: 'broken', kind: `window: 4m, timeout: 30s, pauseAfter: 1${ALL}` },
  { size: 2, every: 2, how: 'shaky', kind: `window: 5m, timeout: 40s, retries: 2${ALL}` },
]

const WAVES = 7
const OF_WAVE = 4

/** Waves whose secrets somebody uses: a service of its own each, and a function. */
const USED = [1, 2, 3]
const usersOf = (wave: number) =>
  `consumers: [{ ecs: shop/w${wave} }, { invoke: refresh }]${wave === 3 ? ', strategy: alternating' : ''}`

/** Waves of which is watched who fetches; and the roles of applications that do, of which the config knows one. */
const WATCHED = [4, 5, 6]
export const READERS = ['app-a', 'app-b', 'app-c'] as const

/** Services of ECS that take new values. */
export const SERVICES = USED.map((wave) => `shop/w${wave}`)

/** Schedules that end with the run, so that no later audit misses anything of them. */
export function planOf(seed: number, from: number, to: number): Plan {
  const random = seeded(seed)
  const schedules: string[] = []
  const add = (name: string, when: string, secrets: string, kind: string) =>
    schedules.push(`  ${name}: { when: '${when}', secrets: ${secrets}, ${kind} }`)

  const several = Array.from({ length: WAVES }, (_, wave): Wave => {
    const kind = KINDS[(wave + seed) % KINDS.length] ?? KINDS[0]
    const whole = wave % 2 === 0 ? kind : `${kind}${ALL}`
    const more = WATCHED.includes(wave)
      ? `, adoption: { within: 1h }, consumers: [{ observe: ${READERS[0]} }]`
      : USED.includes(wave)
        ? `, ${usersOf(wave)}`
        : ''
    return { size: OF_WAVE, every: random.between(2, 3), kind: whole + more }
  })
  const waves = [...several, ...sure(seed)].map((it, wave) => ({
    ...it,
    own: Array.from({ length: it.size }, (_, index) => `app/w${wave}s${index}`),
  }))
  const secrets = waves.flatMap(({ own, kind, how }, wave) =>
    own.map((name) => ({
      ...{ name, kind, tags: { fleet: wave === 0 ? 'blue' : 'other' } },
      ...(how && { how }),
    })),
  )
  for (const [wave, { own, every, kind }] of waves.entries())
    for (const [hour, minutes] of minutesOf(from, to, every, wave)) {
      const chosen = wave === 0 ? '{ tags: { fleet: blue } }' : `[${own.join(', ')}]`
      add(`wave${wave}-${hour}`, `cron(${minutes.join(',')} ${hour} * * ? *)`, chosen, kind)
    }
  for (let at = from + 30_000, count = 0; at < to; at += random.between(2, 5) * 1_000, count++) {
    // Never on a minute: no secret is due twice at one instant.
    const instant = at - (at % 1_000) + (at % 60_000 < 1_000 ? 1_000 : 0)
    // As its wave: what is asked for by secret wants one answer from all that cover it.
    const { name, kind } = random.pick(secrets as [(typeof secrets)[0]])
    add(`once${count}`, `at(${iso(instant)})`, `[${name}]`, kind)
  }

  const freeze = { name: 'change', ...minuteSpan(from + (to - from) * 0.25, 1) }
  const later = { name: 'incident', ...minuteSpan(from + (to - from) * 0.7, 1) }
  const ignoring = (count: number) => (count === 2 ? schedules : schedules.map(withoutLater))
  const yaml = (...freezes: (typeof freeze)[]) =>
    [
      'defaults: { timezone: UTC }',
      'freezes:',
      ...freezes.map(
        (it) =>
          `  - { name: ${it.name}, from: ${iso(it.from).slice(0, 16)}, to: ${iso(it.to).slice(0, 16)} }`,
      ),
      'schedules:',
      ...ignoring(freezes.length),
      '',
    ].join('\n')
  return {
    secrets: secrets.map(({ kind: _, ...secret }) => secret),
    watched: secrets.map(({ name }) => name).filter((name) => schedules.some((it) => watches(it, name))),
    config: yaml(freeze),
    // Long enough before that it binds those who sleep, where the run is long enough.
    redeploy: {
      at: Math.max(from + 60_000, later.from - 400_000),
      config: yaml(freeze, later),
      freeze: later,
    },
  }
}

/** In a run that is short not every wave has a schedule. */
const watches = (schedule: string, secret: string) =>
  schedule.includes('adoption') && new RegExp(`\\b${secret}\\b`).test(schedule)

/** A schedule can only ignore a freeze that is there. */
const withoutLater = (line: string) => line.replace(', { name: incident, reason: agreed }', '')

/** Every n-th minute, shifted, hour by hour (UTC). */
function minutesOf(from: number, to: number, every: number, shift: number): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (let at = Math.ceil(from / 60_000) * 60_000 + 60_000; at < to; at += 60_000) {
    if ((at / 60_000 + shift) % every !== 0) continue
    const hour = new Date(at).getUTCHours()
    found.set(hour, [...(found.get(hour) ?? []), new Date(at).getUTCMinutes()])
  }
  return found
}

function minuteSpan(near: number, minutes: number) {
  const from = Math.round(near / 60_000) * 60_000
  return { from, to: from + minutes * 60_000 }
}

/** `2026-11-27T03:00:00`. */
const iso = (at: number) => new Date(at).toISOString().slice(0, 19)
