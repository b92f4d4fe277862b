import { few } from '../../model/counts.ts'
import type { Check, CheckResult } from '../check.ts'
import type { FunctionFacts, RotatedSecret } from './facts.ts'

const SERVICE = 'secretsmanager.amazonaws.com'

/** Source: Secrets Manager User Guide, rotate-secrets_turn-on-for-other: the function's resource policy. */
export const functionInvocable: Check<FunctionFacts> = {
  name: 'function-invocable',
  severity: 'broken',
  cause: 'Secrets Manager invokes the function itself: without its permission, RotateSecret is refused.',
  check({ configuration, policy, secrets, arn }) {
    if (!('found' in configuration) || !configuration.found) return undefined
    if ('unknown' in policy) return policy
    return checkStatements(statementsIn(policy.found), secrets, arn)
  },
}

function checkStatements(statements: Statement[], secrets: RotatedSecret[], arn: string): CheckResult {
  const ours = statements.filter(isAboutInvoking)
  if (ours.some(({ Effect }) => Effect === 'Deny')) {
    return { unknown: 'its resource policy has a Deny, which doctor does not weigh: read it yourself' }
  }
  const verdicts = secrets.map((secret) => ({ secret, lets: ours.map((it) => admits(it, secret)) }))
  const shut = verdicts.filter(({ lets }) => !lets.includes(true))
  if (shut.length === 0) return 'fine'
  if (shut.every(({ lets }) => lets.includes(undefined))) {
    return { unknown: 'its resource policy has conditions that doctor does not know: read it yourself' }
  }
  const account = secrets[0]?.arn.split(':')[4]
  return {
    symptom: `its resource policy does not let Secrets Manager invoke it for ${few(shut.map(({ secret }) => secret.name))}`,
    remedy: `aws lambda add-permission --function-name ${arn} --statement-id secrets-manager --action lambda:InvokeFunction --principal ${SERVICE} --source-account ${account}`,
  }
}

type Statement = {
  Effect?: string
  Action?: string | string[]
  Principal?: string | Record<string, string | string[]>
  Condition?: Record<string, Record<string, string | string[]>>
}

function statementsIn(policy: string | undefined): Statement[] {
  if (policy === undefined) return []
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] }
  return [Statement].flat()
}

function isAboutInvoking({ Action = [], Principal = {} }: Statement): boolean {
  const everybody = Principal === '*' || (typeof Principal === 'object' && Principal.AWS === '*')
  const service = typeof Principal === 'object' && [Principal.Service ?? []].flat().includes(SERVICE)
  return (everybody || service) && [Action].flat().some((it) => like(it, 'lambda:InvokeFunction'))
}

/** Undefined where it depends on a condition that is not known here. */
function admits({ Condition = {} }: Statement, { arn }: RotatedSecret): boolean | undefined {
  const account = arn.split(':')[4] ?? ''
  let sure: boolean | undefined = true
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) {
      const known = { 'aws:sourceaccount': account, 'aws:sourcearn': arn }[key.toLowerCase()]
      if (known === undefined || !/^(String|Arn)(Equals|Like)(IfExists)?$/.test(operator)) sure = undefined
      else if (![values].flat().some((pattern) => like(pattern, known))) return false
    }
  }
  return sure
}

function like(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(text)
}
