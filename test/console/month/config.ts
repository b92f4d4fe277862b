const DAY = 86_400_000

/** Thursday 12 November 2026, 12:58:40 in New York: both autumn clock changes lie within the 35 days before it. */
export const NOW = Date.parse('2026-11-12T17:58:40.000Z')

/** How far back the month's records go. */
export const DAYS = 35

export const STAGE = 'prod'

/** What the selector of `payments-month-end` chooses: the config does not name them. */
export const SELECTED = ['prod/payments/ledger', 'prod/payments/psp']
export const SELECTOR_TAG = { Key: 'rotation', Value: 'month-end' }

/** A team's config, valid by our own rules; the freezes lie around `now` (epoch ms). */
export function monthYaml(now: number): string {
  const date = (days: number) => new Date(now + days * DAY).toISOString().slice(0, 10)
  return `
defaults: { timezone: Asia/Tokyo, window: 30m, timeout: 15m }
freezes:
  - { name: payments-cutover, from: ${date(-9)}, to: ${date(-7)}, timezone: Europe/Paris, reason: 'new acquirer goes live, CHG-2988' }
  - { name: card-scheme-audit, from: ${date(3)}, to: ${date(5)}, timezone: Europe/London, reason: auditors on site }
  - { name: year-end, from: ${date(40)}, to: ${date(51)}, yearly: true, reason: change freeze over the new year }
schedules:
  orders-db-nightly:
    when: cron(0 3 * * ? *)
    secrets: [prod/orders/db, prod/orders/reader]
    precision: second
    maxAge: 5d
  billing-db-weekly:
    when: cron(30 4 ? * TUE *)
    timezone: Europe/London
    secrets: [prod/billing/db, prod/billing/reader, prod/billing/ledger]
    concurrency: 1
    maxErrors: 1
    before: [{ invoke: billing-batch-idle, timeout: 1m }]
    after: [{ invoke: billing-login-check, timeout: 2m }]
  partner-api-key:
    when: cron(15 0/6 * * ? *)
    timezone: America/New_York
    window: 2h
    secrets: [prod/partner/api-key]
    ignoreFreezes:
      - { name: payments-cutover, reason: 'the partner’s contract asks for four a day, CHG-2041' }
  signing-key-daily:
    when: cron(30 1 * * ? *)
    timezone: America/New_York
    secrets: [prod/web/signing-key]
  reports-weekdays:
    when: cron(0 22 ? * MON-FRI *)
    timezone: America/New_York
    window: 1h
    secrets: [prod/reports/db, prod/reports/mailer]
  warehouse-weekly:
    when: cron(0 5 ? * FRI *)
    timezone: Europe/Paris
    window: 4h
    secrets: [prod/warehouse/db, prod/warehouse/etl]
    approval: { timeout: 2h }
    notice: [7d]
  payments-month-end:
    when: cron(30 2 L * ? *)
    timezone: Europe/Paris
    window: 6h
    secrets: { tags: { rotation: month-end } }
    concurrency: 5
  archive-key-weekly:
    when: cron(0 6 ? * SUN *)
    owner: records office
    description: seals what leaves the archive
    runbook: https://wiki.example.com/runbooks/archive-key
    timezone: Europe/London
    secrets: [prod/archive/key]
    maxAge: 14d
  legacy-ftp-weekly:
    when: cron(0 6 ? * SAT *)
    timezone: Europe/London
    secrets: [prod/legacy/ftp]
    enabled: false
`
}
