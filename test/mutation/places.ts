/** What decides, place by place, and the tests that must notice a change of it. Quick tests only: each runs many times. */
export const PLACES: Record<string, { mutate: string[]; tests: string[] }> = {
  gate: {
    mutate: ['src/rotation/{gate,inspect,policy,read-gate}.ts'],
    tests: ['test/rotation/{gate,inspect,policy,unreadable-gate,late-start,sendings,workflow}.test.ts'],
  },
  start: {
    mutate: ['src/rotation/{start-rotation,started,sendings,check-ahead,retry}.ts', 'src/aws/refusal.ts'],
    tests: [
      'test/rotation/{start-rotation,sendings,unreadable-gate,workflow}.test.ts',
      'test/aws/refusal.test.ts',
    ],
  },
  follow: {
    mutate: ['src/rotation/follow-version.ts'],
    tests: ['test/rotation/{follow-version,workflow}.test.ts'],
  },
  request: {
    mutate: ['src/rotation/{wave-request,rotate-now,match-delivery,delivery}.ts'],
    tests: [
      'test/rotation/{wave-request,keep-request,by-name-or-arn,delivery,match-delivery,histories,workflow}.test.ts',
    ],
  },
  claim: {
    mutate: ['src/rotation/{claim,claim-wave,watch,split-wave}.ts'],
    tests: ['test/rotation/{claim,split-wave,histories,workflow}.test.ts'],
  },
  audit: {
    mutate: ['src/audit/{judge,judge-secret}.ts', 'src/model/{limits,hooks,under-policy}.ts'],
    tests: ['test/audit/{decisions,judge,limits,is-complete}.test.ts', 'test/model/*.test.ts'],
  },
  holds: {
    mutate: ['src/ledger/{holds,hold-item,earlier-holds}.ts', 'src/model/hold.ts'],
    tests: ['test/ledger/{hold-item,holds,contract}.test.ts', 'test/model/*.test.ts'],
  },
  freezes: {
    mutate: ['src/calendar/{freezes,unfrozen}.ts'],
    tests: ['test/calendar/{freezes,unfrozen}.test.ts'],
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
