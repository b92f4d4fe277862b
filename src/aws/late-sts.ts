/** As late-ssm.ts. */
export { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
