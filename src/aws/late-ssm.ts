/** Loaded when it is needed, by a module of our own: of a package that is loaded by its name all would come into the bundle. */
export { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm'
