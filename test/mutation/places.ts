/** What decides, place by place, and the tests that must notice a change of it. Quick tests only: each runs many times. */
export const PLACES: Record<string, { mutate: string[]; tests: string[] }> = {
  gate: {
    mutate: ['src/rotation/{gate,inspect,policy}.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  start: {
    mutate: ['src/rotation/{start-rotation,started,sendings,refusal}.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  follow: { mutate: ['src/rotation/follow-version.ts'], tests: ['test/rotation/*.test.ts'] },
  request: {
    mutate: ['src/rotation/{wave-request,rotate-now,delivery}.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  claim: {
    mutate: ['src/rotation/{claim,claim-wave,split-wave}.ts'],
    tests: ['test/rotation/*.test.ts', 'test/steps/wave.test.ts'],
  },
  audit: {
    mutate: ['src/audit/judge.ts', 'src/model/limits.ts'],
    tests: ['test/audit/*.test.ts', 'test/rotation/*.test.ts'],
  },
  holds: { mutate: ['src/ledger/hold*.ts', 'src/model/scopes.ts'], tests: ['test/ledger/holds.test.ts'] },
  schedules: { mutate: ['src/schedules/*.ts'], tests: ['test/schedules/*.test.ts'] },
  config: {
    mutate: ['src/config/{rules,place-rules,selector}.ts'],
    tests: ['test/config/*.test.ts'],
  },
  deploy: {
    mutate: ['src/deploy/{stack-quotas,capacity,secret-policies}.ts'],
    tests: ['test/deploy/{capacity,resources,roles}.test.ts'],
  },
}
