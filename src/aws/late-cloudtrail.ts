/** As late-ssm.ts. */
export { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
