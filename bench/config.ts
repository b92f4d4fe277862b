import type { Config } from '../src/config/config.ts'
import { parseConfig } from '../src/config/load.ts'

/** Zones that a company of some size has its schedules in. */
const ZONES = ['Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'UTC']

/** A config file of so many schedules: most weekly, some nightly, every tenth monthly; a freeze over the new year. */
export function yamlOf(count: number): string {
  const entries = Array.from({ length: count }, (_, i) => {
    const time = `${i % 60} ${4 + (i % 20)}`
    const when =
      i % 10 === 0 ? `${time} L * ? *` : i % 5 === 1 ? `${time} * * ? *` : `${time} ? * ${1 + (i % 7)} *`
    return `  service-${i}-database: { when: cron(${when}), timezone: ${ZONES[i % ZONES.length]}, secrets: [bench/service-${i}/database] }`
  })
  return [
    'freezes:',
    '  - { name: year-end, from: 2026-12-28, to: 2027-01-04, yearly: true, timezone: Europe/Paris }',
    'schedules:',
    ...entries,
    '',
  ].join('\n')
}

/** The same, loaded. */
export function configOf(count: number): Config {
  return loaded(yamlOf(count)).config
}

export function loaded(yaml: string) {
  const parsed = parseConfig('bench.yml', yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join('\n'))
  return parsed
}
