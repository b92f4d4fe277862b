import type { Check } from '../check.ts'
import { type FunctionFacts, listNames } from './facts.ts'

export const functionExists: Check<FunctionFacts> = {
  name: 'function-exists',
  severity: 'broken',
  cause: 'A secret keeps the ARN of its rotation function even after the function is gone.',
  check({ configuration, secrets }) {
    if ('unknown' in configuration) return configuration
    if (configuration.found) return 'fine'
    return {
      symptom: `there is no such function; it should rotate ${listNames(secrets.map(({ name }) => name))}`,
      remedy:
        'deploy it again, or attach another: aws secretsmanager rotate-secret --rotation-lambda-arn ARN',
    }
  },
}
