import type { Secrets } from '../../aws/secrets.ts'
import { calendarOf } from '../../calendar/calendar.ts'
import { freezesKept } from '../../calendar/freezes.ts'
import { frozenTime, longestGap, nextUnfrozen, unfrozen } from '../../calendar/unfrozen.ts'
import type { Config, Schedule } from '../../config/config.ts'
import { HORIZON_MS } from '../../config/warnings/subject.ts'
import type { Place } from '../../model/place.ts'
import { least, maxAgeOf, secretsUnderPolicy } from '../../model/under-policy.ts'
import { lookUp } from '../lookup.ts'
import type { SecretFacts, SelectorFacts } from './facts.ts'

export type SecretTiming = Pick<SecretFacts, 'secret' | 'place' | 'key' | 'next' | 'longestGapMs' | 'maxAge'>

/** Every secret under policy, by its key; and what each selector chooses. */
export async function timingsUnderPolicy(
  config: Config,
  now: number,
  secretsAt: (place: Place | undefined) => Pick<Secrets, 'list'>,
): Promise<{ secrets: Map<string, SecretTiming>; choices: SelectorFacts[] }> {
  const choices: SelectorFacts[] = []
  const found = await secretsUnderPolicy(config, async ({ name, place }, selector) => {
    const chosen = await lookUp(
      'secretsmanager:ListSecrets',
      async () => (await secretsAt(place).list(selector)).names,
    )
    choices.push({ stage: config.stage, schedule: name, chosen })
    return ('found' in chosen && chosen.found) || []
  })
  const timings = new Map<Schedule, ReturnType<typeof timingOf>>()
  const secrets = new Map<string, SecretTiming>()
  for (const [key, { secret, place, schedules }] of found) {
    let timing: ReturnType<typeof timingOf> = { next: undefined, longestGapMs: undefined }
    for (const schedule of schedules) {
      const its = timings.get(schedule) ?? timingOf(schedule, config, now)
      timings.set(schedule, its)
      timing = {
        next: least(timing.next, its.next),
        longestGapMs: least(timing.longestGapMs, its.longestGapMs),
      }
    }
    secrets.set(key, { ...{ secret, key, place }, ...timing, maxAge: maxAgeOf(schedules) })
  }
  return { secrets, choices }
}

function timingOf(schedule: Schedule, config: Config, now: number) {
  const until = now + HORIZON_MS
  const frozen = frozenTime(freezesKept(config.freezes, schedule), now, until)
  const gap = longestGap(unfrozen(calendarOf(schedule), frozen), now, until)
  return { next: nextUnfrozen(schedule, config, now), longestGapMs: gap && gap.to - gap.from }
}
