import type { Rehearsed } from './rehearse.ts'

/** What AWS gives an account in one region, where nothing was asked for. */
type Quota = { most: number; words: string; adjustable: boolean; hint: string; source: string }

type What = Rehearsed['peaks'][number]['what']

/** Sources as of 2026-11-28: each product’s own page of quotas. */
export const QUOTAS: Record<What, Quota> = {
  RotateSecret: {
    most: 50,
    words: 'calls of RotateSecret in a second',
    adjustable: false,
    hint: 'spread the schedules over some minutes, or lower concurrency: what is throttled is sent again, later than its instant',
    source: 'Secrets Manager User Guide, reference_limits: RotateSecret and CancelRotateSecret, combined',
  },
  PutSecretValue: {
    most: 50,
    words: 'calls of PutSecretValue and UpdateSecretVersionStage in a second',
    adjustable: false,
    hint: 'spread the schedules, or lower concurrency: rotation functions are throttled, and a rotation may fail of it',
    source:
      'Secrets Manager User Guide, reference_limits: PutSecretValue, UpdateSecret, UpdateSecretVersionStage, combined',
  },
  'rotate executions': {
    most: 1_000,
    words: 'executions of the orchestrator at once',
    adjustable: true,
    hint: 'spread the schedules, or ask for more (Service Quotas: Lambda, concurrent executions)',
    source:
      'Lambda Developer Guide, gettingstarted-limits: concurrent executions; a new account may have fewer',
  },
  'rotation functions': {
    most: 1_000,
    words: 'rotation functions running at once',
    adjustable: true,
    hint: 'lower concurrency, spread the schedules, or ask for more (Service Quotas: Lambda, concurrent executions)',
    source:
      'Lambda Developer Guide, gettingstarted-limits: concurrent executions; a new account may have fewer',
  },
}
