import { ACCOUNT } from '../arn.ts'
import { AwsError } from '../error.ts'
import type { LocalService } from '../http.ts'
import type { LambdaState } from '../lambda/function.ts'
import { ec2 } from './ec2.ts'
import { lambdaLookUps } from './lambda.ts'
import { listIn, queryService } from './query.ts'
import { sqs } from './sqs.ts'
import type { LookUps } from './state.ts'

/** What `tourbillon doctor` asks. They stand before the services of the same names, and take these actions only. */
export function lookUpServices(lookUps: LookUps, lambda: LambdaState): LocalService[] {
  return [lambdaLookUps(lookUps, lambda), ec2(lookUps), iam(lookUps), sns(lookUps), sqs(lookUps), identity]
}

/** Source: STS API reference, GetCallerIdentity. */
const identity = queryService('sts', 'https://sts.amazonaws.com/doc/2011-06-15/', {
  GetCallerIdentity: {
    known: /^$/,
    answer: () => ({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/local`, UserId: 'AIDALOCAL' }),
  },
})

/** Source: SNS API reference, ListSubscriptionsByTopic. */
function sns({ topics }: LookUps): LocalService {
  return queryService('sns', 'http://sns.amazonaws.com/doc/2010-03-31/', {
    ListSubscriptionsByTopic: {
      known: /^TopicArn$/,
      answer(form) {
        const TopicArn = form.get('TopicArn') ?? ''
        const found = topics.get(TopicArn)
        if (!found) throw new AwsError('NotFound', 'Topic does not exist', 404)
        return { Subscriptions: found.map((it) => ({ ...it, TopicArn, Protocol: 'email', Owner: ACCOUNT })) }
      },
    },
  })
}

/** Source: IAM API reference, SimulatePrincipalPolicy. */
function iam({ roleRights }: LookUps): LocalService {
  return queryService(
    'iam',
    'https://iam.amazonaws.com/doc/2010-05-08/',
    {
      SimulatePrincipalPolicy: {
        known:
          /^(PolicySourceArn|(ActionNames|ResourceArns)\.member\.\d+|ContextEntries\.member\.\d+\.(ContextKeyName|ContextKeyType|ContextKeyValues\.member\.\d+))$/,
        answer(form) {
          const role = form.get('PolicySourceArn') ?? ''
          const rights = roleRights.get(role)
          if (!rights) throw new AwsError('NoSuchEntity', `The role ${role} cannot be found.`, 404)
          const context = new Map<string, string>()
          for (let n = 1; form.has(`ContextEntries.member.${n}.ContextKeyName`); n++) {
            const entry = `ContextEntries.member.${n}`
            context.set(
              form.get(`${entry}.ContextKeyName`) ?? '',
              form.get(`${entry}.ContextKeyValues.member.1`) ?? '',
            )
          }
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
    },
    { alone: true },
  )
}
