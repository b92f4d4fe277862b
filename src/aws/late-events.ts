/** As late-ssm.ts. */
export { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
