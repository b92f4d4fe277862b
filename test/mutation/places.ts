/** What decides, place by place, and the tests that must notice a change of it. Quick tests only: each runs many times. */
export const PLACES: Record<string, { mutate: string[]; tests: string[] }> = {
  gate: {
    mutate: ['src/rotation/{gate,inspect,policy}.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  start: {
    mutate: ['src/rotation/{start-rotation,started,sendings}.ts', 'src/aws/refusal.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  follow: { mutate: ['src/rotation/follow-version.ts'], tests: ['test/rotation/*.test.ts'] },
  request: {
    mutate: ['src/rotation/{wave-request,rotate-now,match-delivery,delivery}.ts'],
    tests: ['test/rotation/*.test.ts'],
  },
  claim: {
    mutate: ['src/rotation/{claim,claim-wave,split-wave}.ts'],
    tests: ['test/rotation/*.test.ts', 'test/steps/wave.test.ts'],
  },
  audit: {
    mutate: ['src/audit/{judge,judge-secret}.ts', 'src/model/{limits,hooks,under-policy}.ts'],
    tests: ['test/audit/{decisions,judge,limits,is-complete}.test.ts', 'test/model/*.test.ts'],
  },
  holds: {
    mutate: ['src/ledger/{holds,hold-item,earlier-holds}.ts', 'src/model/hold.ts'],
    tests: ['test/ledger/{hold-item,holds,contract}.test.ts', 'test/model/*.test.ts'],
  },
  schedules: {
    mutate: ['src/schedules/!(read-plan).ts'],
    tests: ['test/schedules/*.test.ts', 'test/rotation/delivery.test.ts'],
  },
  config: {
    mutate: ['src/config/{rules,place-rules,selector}.ts'],
    tests: ['test/config/{config,errors,places,secrets,times}.test.ts'],
  },
  deploy: {
    mutate: ['src/deploy/{stack-quotas,capacity,secret-policies}.ts'],
    tests: ['test/deploy/{limits,resources,roles}.test.ts'],
  },
}
