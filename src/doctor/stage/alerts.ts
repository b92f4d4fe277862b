import type { Check } from '../check.ts'
import type { StageFacts } from './facts.ts'

/** Source: SNS API reference, ListSubscriptionsByTopic: an unconfirmed one has `PendingConfirmation` for an ARN. */
export const alerts: Check<StageFacts> = {
  name: 'alerts',
  severity: 'risk',
  cause: 'Alarms go to this topic: an address that has not confirmed hears nothing, and nobody notices.',
  check({ config, subscriptions }) {
    if ('unknown' in subscriptions) return subscriptions
    const found = subscriptions.found
    if (!found) return { symptom: 'there is no topic', remedy: `serverless deploy --stage ${config.stage}` }
    if (found.length === 0)
      return {
        symptom: 'nobody has subscribed to it',
        remedy: 'set alertEmails in serverless.yml and deploy, or subscribe your paging tool',
      }
    const waiting = found.filter(({ arn }) => arn === 'PendingConfirmation')
    if (waiting.length === 0) return 'fine'
    return {
      symptom: `not confirmed: ${waiting.map(({ endpoint }) => endpoint).join(', ')}`,
      remedy:
        'open AWS’s mail "Subscription Confirmation" there; where it is gone, subscribe the address again',
    }
  },
}
