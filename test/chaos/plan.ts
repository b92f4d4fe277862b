import { seeded } from '../sim/random.ts'

/** What a run plays, by its seed: the stage's config, and what is deployed over it halfway. Times: epoch ms. */
export type Plan = {
  secrets: { name: string; tags: Record<string, string> }[]
  /** As YAML. */
  config: string
  /** The same with one more freeze, deployed at `at`. */
  redeploy: { at: number; config: string; freeze: { name: string; from: number; to: number } }
}

export const STAGE = 'chaos'

/** Windows, timeouts and hooks as short as the grammar allows: a run has minutes. */
const KINDS = [
  'window: 1m, timeout: 40s',
  'window: 2m, timeout: 40s, precision: second',
  'window: 4m, timeout: 30s, after: [{ invoke: after-hook, timeout: 10s }]',
  'window: 5m, timeout: 60s, precision: second, before: [{ invoke: before-hook, timeout: 10s }]',
  'window: 2m, timeout: 45s, maxErrors: 1, concurrency: 2',
  'window: 3m, timeout: 30s, onMissed: report',
] as const

const WAVES = 8
const OF_WAVE = 4

/** Schedules that end with the run, so that no later audit misses anything of them. */
export function planOf(seed: number, from: number, to: number): Plan {
  const random = seeded(seed)
  const names = Array.from({ length: WAVES * OF_WAVE }, (_, index) => `app/s${index}`)
  const schedules: string[] = []
  const add = (name: string, when: string, secrets: string, kind: string) =>
    schedules.push(`  ${name}: { when: ${when}, secrets: ${secrets}, ${kind} }`)

  for (let wave = 0; wave < WAVES; wave++) {
    const kind = KINDS[(wave + random.between(0, 5)) % KINDS.length] ?? KINDS[0]
    const own = names.slice(wave * OF_WAVE, (wave + 1) * OF_WAVE)
    const secrets = wave === 0 ? '{ tags: { fleet: blue } }' : `[${own.join(', ')}]`
    const every = random.between(2, 3)
    for (const [hour, minutes] of minutesOf(from, to, every, wave))
      add(`wave${wave}-${hour}`, `cron(${minutes.join(',')} ${hour} * * ? *)`, secrets, kind)
  }
  for (let at = from + 30_000, count = 0; at < to; at += random.between(4, 10) * 1_000, count++) {
    // Never on a minute: no secret is due twice at one instant.
    const instant = at - (at % 1_000) + (at % 60_000 < 1_000 ? 1_000 : 0)
    const secret = random.pick(names as [string, ...string[]])
    add(`once${count}`, `at(${iso(instant)})`, `[${secret}]`, random.pick(KINDS))
  }

  // A minute each: of a short run that is much.
  const freeze = { name: 'change', ...minuteSpan(from + (to - from) * 0.25, 1) }
  const later = { name: 'incident', ...minuteSpan(from + (to - from) * 0.7, 1) }
  const yaml = (...freezes: (typeof freeze)[]) =>
    [
      'defaults: { timezone: UTC }',
      'freezes:',
      ...freezes.map(
        (it) =>
          `  - { name: ${it.name}, from: ${iso(it.from).slice(0, 16)}, to: ${iso(it.to).slice(0, 16)} }`,
      ),
      'schedules:',
      ...schedules,
      '',
    ].join('\n')
  return {
    secrets: names.map((name, index) => ({
      name,
      tags: index < OF_WAVE ? { fleet: 'blue' } : { fleet: 'other' },
    })),
    config: yaml(freeze),
    redeploy: { at: later.from - 75_000, config: yaml(freeze, later), freeze: later },
  }
}

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
