import { wordsOf } from '../../../calendar/describe.ts'
import type { Config, Schedule } from '../../../config/config.ts'
import { secretKeyOf } from '../../../model/identity.ts'
import { formatSelector } from '../../../model/selector.ts'
import { timezonesOf } from '../../../operate/occurrences.ts'
import { operator } from '../../../operate/operator.ts'
import type { ScheduleAnswer, StageAnswer } from '../api-types.ts'
import type { ServerContext } from '../context.ts'
import { regionOfAws } from '../region.ts'

/** What the config says of the stage, and where it is: no call to AWS. */
export function createStageReader({
  config,
  file,
  endpoint,
  now,
}: ServerContext): () => Promise<StageAnswer> {
  const timezones = timezonesOf(config.schedules)
  const known = {
    stage: config.stage,
    configVersion: config.version,
    file,
    operator: operator(),
    timezones: timezones.includes('UTC') ? timezones : [...timezones, 'UTC'],
    schedules: config.schedules.map(scheduleAnswer),
    secrets: secretsOf(config),
    ...(endpoint !== undefined && { endpoint }),
  }
  return async () => {
    const region = await regionOfAws()
    return { ...known, ...(region !== undefined && { region }), now: now() }
  }
}

function secretsOf({ schedules }: Config): string[] {
  const all = schedules.flatMap(({ secrets, place }) => secrets.map((secret) => secretKeyOf(secret, place)))
  return [...new Set(all)].sort()
}

function scheduleAnswer(schedule: Schedule): ScheduleAnswer {
  const { name, when, timezone, secrets, select, place } = schedule
  const { windowSeconds, timeoutSeconds, retries, precision, concurrency, enabled } = schedule
  const { owner, description, runbook } = schedule
  return {
    ...{ name, when, words: wordsOf(when), timezone, secrets },
    ...(select && { selects: formatSelector(select) }),
    ...(place && { place: [place.account, place.region].filter(Boolean).join('/') }),
    ...{ windowSeconds, timeoutSeconds, precision, concurrency, enabled },
    ...(retries !== undefined && { retries }),
    ...(owner !== undefined && { owner }),
    ...(description !== undefined && { description }),
    ...(runbook !== undefined && { runbook }),
  }
}
