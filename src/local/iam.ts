import { AwsError } from '../rehearse/secrets-manager/error.ts'
import type { LocalService } from './http.ts'
import type { LookUps } from './look-ups.ts'
import { listIn, queryService } from './protocols/query.ts'

/** Source: IAM API reference, SimulatePrincipalPolicy. */
export function iam({ roleRights }: LookUps): LocalService {
  return queryService('iam', 'https://iam.amazonaws.com/doc/2010-05-08/', {
    SimulatePrincipalPolicy: {
      known:
        /^(PolicySourceArn|(ActionNames|ResourceArns)\.member\.\d+|ContextEntries\.member\.\d+\.(ContextKeyName|ContextKeyType|ContextKeyValues\.member\.\d+))$/,
      answer(form) {
        const role = form.get('PolicySourceArn') ?? ''
        const rights = roleRights.get(role)
        if (!rights) throw new AwsError('NoSuchEntity', `The role ${role} cannot be found.`, 404)
        const context = contextIn(form)
        return {
          EvaluationResults: listIn(form, 'ActionNames.member').flatMap((action) =>
            listIn(form, 'ResourceArns.member').map((resource) => ({
              EvalActionName: action,
              EvalResourceName: resource,
              EvalDecision: rights(action, resource, context) ? 'allowed' : 'implicitDeny',
            })),
          ),
          IsTruncated: false,
        }
      },
    },
  })
}

function contextIn(form: URLSearchParams): Map<string, string> {
  const context = new Map<string, string>()
  for (let n = 1; form.has(`ContextEntries.member.${n}.ContextKeyName`); n++) {
    const entry = `ContextEntries.member.${n}`
    context.set(
      form.get(`${entry}.ContextKeyName`) ?? '',
      form.get(`${entry}.ContextKeyValues.member.1`) ?? '',
    )
  }
  return context
}
