import type { Schedule } from '../../src/config/config.ts'

/** A config entry to test with: only what matters to the test is given. */
export function entry(parts: Partial<Schedule> = {}): Schedule {
  return {
    name: 'orders-db',
    when: 'cron(0 3 ? * SUN *)',
    timezone: 'UTC',
    secrets: ['prod/orders/db'],
    windowSeconds: 1_800,
    timeoutSeconds: 900,
    precision: 'minute',
    concurrency: 10,
    enabled: true,
    ignoreFreezes: [],
    ...parts,
  }
}
