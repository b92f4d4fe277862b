import type { LocalAws } from '../../src/local/aws.ts'

/** What an unmodified SDK client needs, and no more. Retries are off unless the test is about them. */
export function clientConfig(aws: Pick<LocalAws, 'endpoint'>, maxAttempts = 1) {
  return {
    endpoint: aws.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
  }
}
