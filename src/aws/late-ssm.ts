/** Imported when it is needed. A module of our own, for `import()` of the package itself would bundle all of it. */
export { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm'
