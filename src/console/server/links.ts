import type { Config } from '../../config/config.ts'
import { nameInKey } from '../../model/identity.ts'
import type { LogLine } from '../../model/log-lines.ts'
import { secretPlaceOf } from '../../model/place.ts'
import { namesOf } from '../../model/resource-names.ts'
import type { Rotation } from '../../model/rotation.ts'
import { secretNameOf } from '../../model/secret.ts'
import { logLink, secretLink } from '../../notify/message.ts'

/** Where the AWS console shows it: in the account that one is signed in to. */
export type Links = { log?: string; secretPage?: string }

export type LinksTo = ReturnType<typeof linksTo>

/** Links of a stage; none where its region is not known, or it is not AWS's own. */
export function linksTo({ config, region }: { config: Config; region: string | undefined }) {
  const names = namesOf(config.stage)
  const logOf = (functionName: string, text: string): Links =>
    region === undefined ? {} : { log: logLink(region, `/aws/lambda/${functionName}`, text) }
  /** `secret`: a name, an ARN, or a ledger key with its place before it. */
  const secret = (secret: string, schedule: string): Links => {
    const place = config.schedules.find(({ name }) => name === schedule)?.place
    const there = secretPlaceOf(secret)?.region ?? place?.region ?? region
    if (region === undefined || there === undefined) return {}
    return { secretPage: secretLink(there, nameInKey(secretNameOf(secret))) }
  }
  return {
    secret,
    auditLog: (text: LogLine): Links => logOf(names.auditFunction, text),
    /** `whole`: it stands for no others. */
    rotation(it: Rotation, whole: boolean): Links {
      // What the audit has written, no run has logged.
      const by = it.executionArn === 'audit' ? names.auditFunction : names.rotateFunction
      const log = logOf(by, whole ? it.rotationId : it.schedule)
      return { ...log, ...(whole && secret(it.secretArn ?? it.secret, it.schedule)) }
    },
  }
}
