import { randomUUID } from 'node:crypto'
import { HOUR, iso } from '../model/time.ts'
import { callerOf, temporaryKey } from './caller.ts'
import { AwsError, unsupported } from './error.ts'
import type { LocalService } from './http.ts'
import { xml, xmlError } from './xml.ts'

/** A role that may be assumed, whoever asks: with this external id, where its trust policy demands one. */
export type LocalRole = { externalId?: string }

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'
const KNOWN = ['Action', 'Version', 'RoleArn', 'RoleSessionName', 'ExternalId']

/**
 * STS in its Query protocol (a form in, XML out): AssumeRole, no more. A role that is not in `roles` is refused as AWS
 * refuses it: in the same words whether it does not exist or does not trust the caller.
 * Source: STS API reference, AssumeRole; IAM User Guide, troubleshoot_roles.
 */
export function sts(roles: Map<string, LocalRole>, now: () => number): LocalService {
  return {
    name: 'sts',
    // The action is in the body, which is not read yet; the signature already names the service.
    recognise: (request) =>
      callerOf(request.header('authorization')).service === 'sts' ? 'AssumeRole' : undefined,
    refuse: (error) => xmlError(NAMESPACE, error),
    async handle(_action, request) {
      const form = new URLSearchParams(request.body.toString())
      const action = form.get('Action')
      if (action !== 'AssumeRole') throw unsupported(`STS's action ${action}`)
      const unknown = [...form.keys()].find((key) => !KNOWN.includes(key))
      if (unknown) throw unsupported(`the parameter ${unknown} of AssumeRole`)
      const [arn, session] = [form.get('RoleArn') ?? '', form.get('RoleSessionName') ?? '']
      if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
        throw new AwsError(
          'ValidationError',
          `Value '${session}' at 'roleSessionName' failed to satisfy constraint`,
        )
      }
      const [, account, name] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
      const role = roles.get(arn)
      if (
        !role ||
        !account ||
        (role.externalId !== undefined && role.externalId !== form.get('ExternalId'))
      ) {
        const user = `arn:aws:iam::${callerOf(request.header('authorization')).account}:user/local`
        const words = `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${arn}`
        throw new AwsError('AccessDenied', words, 403)
      }
      return xml(
        200,
        `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult>
  <AssumedRoleUser><AssumedRoleId>AROALOCAL:${session}</AssumedRoleId>
    <Arn>arn:aws:sts::${account}:assumed-role/${name}/${session}</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>${temporaryKey(account)}</AccessKeyId><SecretAccessKey>local</SecretAccessKey>
    <SessionToken>local</SessionToken><Expiration>${iso(now() + HOUR)}</Expiration></Credentials>
</AssumeRoleResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></AssumeRoleResponse>`,
      )
    },
  }
}
