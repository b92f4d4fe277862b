/** As late-ssm.ts. */
export { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
