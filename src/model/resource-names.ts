/** Names of what a stage deploys, in one place: `serverless.yml`, the commands and the local AWS all use these. */
export function namesOf(stage: string) {
  const prefix = `tourbillon-${stage}`
  return {
    rotateFunction: `${prefix}-rotate`,
    /** A durable function is invoked through its alias only. */
    rotateAlias: `${prefix}-rotate:live`,
    rotateNowFunction: `${prefix}-rotateNow`,
    auditFunction: `${prefix}-audit`,
    observeFunction: `${prefix}-observe`,
    ledgerTable: `${prefix}-ledger`,
    scheduleGroup: prefix,
  }
}

/** Stands for a schedule's name where single secrets were asked for. */
export const ON_DEMAND = 'on-demand'

/** Stands for a schedule's name where a secret was rotated by something other than Tourbillon. */
export const EXTERNAL = 'external'
