import type { Config } from './config.ts'

/** The zone of the schedule of this name; UTC where the config has none such. */
export function zoneOf(schedule: string | undefined, config: Pick<Config, 'schedules'>): string {
  return config.schedules.find(({ name }) => name === schedule)?.timezone ?? 'UTC'
}
