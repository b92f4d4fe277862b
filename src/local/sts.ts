import { HOUR, iso } from '../model/time.ts'
import { AwsError, unsupported } from '../rehearse/secrets-manager/error.ts'
import { ACCOUNT } from './arn.ts'
import { callerOf, temporaryKey } from './caller.ts'
import type { LocalRequest, LocalService } from './http.ts'
import { type LocalCaller, presignedBy } from './presigned.ts'
import { type QueryAction, queryService } from './protocols/query.ts'

/** A role that may be assumed, whoever asks: with this external id, by a session of such a name, where its trust policy demands it. */
export type LocalRole = { externalId?: string; session?: RegExp }

export function sts(
  { roles, callers }: { roles: Map<string, LocalRole>; callers: Map<string, LocalCaller> },
  now: () => number,
): LocalService {
  const service = queryService('sts', 'https://sts.amazonaws.com/doc/2011-06-15/', {
    AssumeRole: assumeRole(roles, now),
    // Source: STS API reference, GetCallerIdentity.
    GetCallerIdentity: {
      known: /^$/,
      answer: (_, request) =>
        identityOf(callers.get(callerOf(request.header('authorization')).accessKeyId)?.arn),
    },
  })
  return {
    ...service,
    recognise: (request) =>
      isPresigned(request) ? (request.query.get('Action') ?? '') : service.recognise(request),
    async handle(action, request) {
      if (!isPresigned(request)) return service.handle(action, request)
      if (action !== 'GetCallerIdentity') throw unsupported(`a presigned ${action}`)
      const identity = identityOf(presignedBy(request, callers, now()))
      return {
        status: 200,
        body: JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: identity } }),
      }
    },
    refuse: (error, request) =>
      request && isPresigned(request)
        ? {
            status: error.status,
            body: JSON.stringify({ Error: { Type: 'Sender', Code: error.code, Message: error.message } }),
          }
        : (service.refuse?.(error) ?? { status: error.status }),
  }
}

function isPresigned({ method, query }: Pick<LocalRequest, 'method' | 'query'>): boolean {
  return method === 'GET' && /\/sts\/aws4_request$/.test(query.get('X-Amz-Credential') ?? '')
}

function identityOf(arn = `arn:aws:iam::${ACCOUNT}:user/local`) {
  return { Account: arn.split(':')[4] ?? '', Arn: arn, UserId: 'AIDALOCAL' }
}

/**
 * A role that is not in `roles` is refused as AWS refuses it: in the same words whether it does not exist or does not
 * trust the caller. Source: STS API reference, AssumeRole; IAM User Guide, troubleshoot_roles.
 */
function assumeRole(roles: Map<string, LocalRole>, now: () => number): QueryAction {
  return {
    known: /^(RoleArn|RoleSessionName|ExternalId)$/,
    answer(form, request) {
      const [arn, session] = [form.get('RoleArn') ?? '', form.get('RoleSessionName') ?? '']
      if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
        const words = `Value '${session}' at 'roleSessionName' failed to satisfy constraint`
        throw new AwsError('ValidationError', words)
      }
      const [, account, name] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
      const role = roles.get(arn)
      const isTrusted =
        role &&
        (role.externalId ?? form.get('ExternalId')) === form.get('ExternalId') &&
        (role.session ?? /^/).test(session)
      if (!isTrusted || !account) {
        const user = `arn:aws:iam::${callerOf(request.header('authorization')).account}:user/local`
        const words = `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${arn}`
        throw new AwsError('AccessDenied', words, 403)
      }
      return {
        AssumedRoleUser: {
          AssumedRoleId: `AROALOCAL:${session}`,
          Arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
        },
        Credentials: {
          AccessKeyId: temporaryKey(account),
          SecretAccessKey: 'local',
          SessionToken: 'local',
          Expiration: iso(now() + HOUR),
        },
      }
    },
  }
}
