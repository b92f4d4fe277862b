import { calendarOf } from '../calendar/calendar.ts'
import type { Schedule } from '../config/config.ts'
import { type Place, placeKey, secretPlaceOf } from '../model/place.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY } from '../model/time.ts'
import type { Task } from './groups.ts'
import type { SecretEvent } from './secrets-manager/secret.ts'
import type { Weather } from './weather.ts'
import { addSecret, type SimulatedAws, simulatedAws } from './world/aws.ts'
import type { Clock } from './world/clock.ts'
import { keyed } from './world/random.ts'

/** What a group's Secrets Managers tell. Instants: epoch ms. */
export type Watch = {
  called(what: 'RotateSecret' | 'PutSecretValue', token: string, at: number): void
  functionBusy(token: string, from: number, to: number): void
  event(event: SecretEvent): void
}

export type Secrets = ReturnType<typeof secretsOf>

/** The group's Secrets Managers, one for each place, with their functions and the databases behind. */
export function secretsOf(
  task: Task,
  { weather, clock, watch }: { weather: Weather; clock: Clock; watch: Watch },
) {
  const known = new Map<string, SimulatedAws>()
  function make(place: Place | undefined): SimulatedAws {
    const aws = simulatedAws({
      clock,
      lasting: true,
      place: { account: place?.account ?? '000000000000', region: place?.region ?? 'eu-central-1' },
      suffix: (name) => suffixOf(task.seed, name),
      request: (action) => weather.request(action, clock.now()),
      step(event) {
        const now = clock.now()
        const fault = weather.step(event, secretNameOf(event.SecretId), now)
        const { ClientRequestToken: token } = event
        watch.functionBusy(token, now, now + fault.delayMs)
        if (event.Step === 'createSecret') watch.called('PutSecretValue', token, now + fault.delayMs)
        return fault
      },
      called({ action, token = '', sentAt }) {
        if (action === 'RotateSecret') watch.called('RotateSecret', token, sentAt)
      },
    })
    aws.context.state.listeners.push((event) => {
      if (event.type === 'LabelUpdated') prune(aws, event.secretName, event.at)
      watch.event(event)
    })
    return aws
  }
  const at = (place: Place | undefined): SimulatedAws => {
    const aws = known.get(placeKey(place)) ?? make(place)
    known.set(placeKey(place), aws)
    return aws
  }
  const find = (secret: string, { place }: Schedule) =>
    at(place).context.state.secrets.get(secretNameOf(secret))
  function add(secret: string, schedule: Schedule, last: number): void {
    const before = find(secret, schedule)?.lastRotatedAt ?? 0
    if (before === 0) addSecret(at(schedule.place), secretNameOf(secret))
    const made = find(secret, schedule)
    if (!made) return
    if (secretPlaceOf(secret)) made.arn = secret
    for (const [tag, value] of Object.entries(schedule.select?.tags ?? {})) made.tags.set(tag, value)
    const lastRotatedAt = Math.max(before, task.rotatedAt.get(secret) ?? last)
    Object.assign(made, { createdAt: lastRotatedAt, lastChangedAt: lastRotatedAt, lastRotatedAt })
  }
  for (const schedule of task.schedules) {
    const last = calendarOf(schedule).previous(task.from) ?? task.from - DAY
    for (const secret of task.secrets.get(schedule.name) ?? []) add(secret, schedule, last)
  }
  return {
    at,
    /** When the schedule's secrets were last changed, epoch ms. */
    changedAt: (schedule: Schedule): number[] =>
      (task.secrets.get(schedule.name) ?? []).map(
        (secret) => find(secret, schedule)?.lastChangedAt ?? task.from,
      ),
  }
}

/**
 * Secrets Manager drops versions without a label, but for those of the last day.
 * Source: Secrets Manager User Guide, getting started, «Secret versions».
 */
function prune(aws: SimulatedAws, name: string, now: number): void {
  const secret = aws.context.state.secrets.get(name)
  const labelled = new Set(secret?.labels.values())
  for (const [id, { createdAt }] of secret?.versions ?? [])
    if (!labelled.has(id) && now - createdAt > DAY) secret?.versions.delete(id)
}

function suffixOf(seed: number, name: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const random = keyed(seed, name, 'suffix')
  return Array.from({ length: 6 }, () => letters[random.between(0, letters.length - 1)]).join('')
}
