import { partitionOf } from '../../model/place.ts'
import { MANAGED_POLICY_CHARACTERS } from '../policy-size.ts'
import { NEVER_READ_SECRETS, type Statement } from '../statements.ts'
import type { Json } from '../template.ts'

/**
 * Where a policy is for. What is not known CloudFormation fills in (`template`), or stands as a word that no ARN has, so
 * that it allows nothing until it is replaced.
 */
export type Where = { account?: string | undefined; region?: string | undefined; template?: boolean }

/** `characters`: as IAM counts them, without white space. */
export type PolicyDocument = { name: string; for: string; characters: number; policy: Policy }

type Policy = { Version: '2012-10-17'; Statement: Json[] }

/** What stands for an account, or a region, that nobody has named. */
export const UNKNOWN = { account: 'ACCOUNT', region: 'REGION' }

/** Statements for one purpose, in as many documents as IAM's limit takes; each denies the reading of values. */
export function documentsOf(
  name: string,
  purpose: string,
  statements: Statement[],
  where: Where,
): PolicyDocument[] {
  const written = statements.flatMap((it) => fitting(resolve(it as Json, where) as unknown as Statement))
  const chunks: Statement[][] = [[]]
  for (const statement of written) {
    const roomy = chunks.find(
      (some) => policyOf([...some, statement]).characters <= MANAGED_POLICY_CHARACTERS,
    )
    if (roomy) roomy.push(statement)
    else chunks.push([statement])
  }
  return chunks.map((some, index) => ({
    name: chunks.length === 1 ? name : `${name}-${index + 1}`,
    for: purpose,
    ...policyOf(some),
  }))
}

function policyOf(statements: Statement[]): Pick<PolicyDocument, 'characters' | 'policy'> {
  const policy: Policy = { Version: '2012-10-17', Statement: [...statements, NEVER_READ_SECRETS] as Json[] }
  return { characters: JSON.stringify(policy).replaceAll(/\s/g, '').length, policy }
}

/** A statement on more resources than a document holds, as several, each as full as can be: a role carries ten policies. */
function fitting(statement: Statement): Statement[] {
  const { Resource, Sid } = statement
  if (policyOf([statement]).characters <= MANAGED_POLICY_CHARACTERS || Resource.length === 1)
    return [statement]
  const room =
    MANAGED_POLICY_CHARACTERS -
    policyOf([{ ...statement, Sid: `${Sid}${Resource.length}`, Resource: [] }]).characters
  const slices: Json[][] = []
  let left = 0
  for (const resource of Resource) {
    // With its comma.
    const length = JSON.stringify(resource).replaceAll(/\s/g, '').length + 1
    if (length > left) {
      slices.push([])
      left = room
    }
    slices.at(-1)?.push(resource)
    left -= length
  }
  return slices.map((some, index) => ({ ...statement, Sid: `${Sid}${index + 1}`, Resource: some }))
}

/** `Fn::Sub` of what CloudFormation would know, filled in. */
function resolve(json: Json, where: Where): Json {
  if (Array.isArray(json)) return json.map((it) => resolve(it, where))
  if (typeof json !== 'object' || json === null) return json
  if (typeof json['Fn::Sub'] === 'string') return filled(json['Fn::Sub'], where)
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, resolve(value, where)]))
}

function filled(text: string, { account, region, template = false }: Where): Json {
  const known = {
    'AWS::Partition': region === undefined && template ? undefined : partitionOf(region),
    'AWS::AccountId': account ?? (template ? undefined : UNKNOWN.account),
    'AWS::Region': region ?? (template ? undefined : UNKNOWN.region),
  }
  const done = Object.entries(known).reduce(
    (all, [name, value]) => (value === undefined ? all : all.replaceAll(`\${${name}}`, value)),
    text,
  )
  return done.includes('${') ? { 'Fn::Sub': done } : done
}

/** A stack of these policies, for its account: managed ones, to be attached to whoever they are for. */
export function templateOf(documents: PolicyDocument[], description: string): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: description,
    Resources: Object.fromEntries(
      documents.map(({ name, policy, ...document }, index) => [
        `Policy${index + 1}`,
        {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { ManagedPolicyName: name, Description: document.for, PolicyDocument: policy },
        },
      ]),
    ),
    Outputs: Object.fromEntries(
      documents.map(({ name }, index) => [
        `Policy${index + 1}`,
        { Description: name, Value: { Ref: `Policy${index + 1}` } },
      ]),
    ),
  }
}
