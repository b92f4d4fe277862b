import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { oneOf } from '../config/suggest.ts'
import { type PolicyDocument, UNKNOWN, type Where } from '../deploy/permissions/documents.ts'
import { isRole, permissionsOf, ROLES, type Role } from '../deploy/permissions/roles.ts'
import { MANAGED_POLICY_CHARACTERS } from '../deploy/policy-size.ts'
import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { throwAwayStatements } from '../verify/permissions.ts'
import { type Arguments, type Command, jsonText, refuseBeside, wholeNumber } from './command.ts'
import { validStage } from './load-config.ts'

export const permissions: Command = {
  name: 'permissions',
  summary:
    'the IAM policies that somebody needs: deployer, operator, approver, reader, auditor, verifier, chat',
  help: `Usage: aws-tourbillon permissions ROLE --stage NAME [OPTIONS]

Prints IAM policies for one stage: what its commands ask of AWS, on its own resources, and nothing else.
Nothing is asked for: it works offline. Every policy denies reading secrets' values.

  deployer   serverless deploy and remove: what it calls, and apart from it what CloudFormation does with
             the stack's resources, by the same person or by a service role
  operator   ${commandsOf('operator')}
  approver   ${commandsOf('approver')}
  reader     ${commandsOf('reader')}
  auditor    ${commandsOf('auditor')}
  verifier   ${commandsOf('verifier')}: what it calls, and what CloudFormation makes for it
  chat       ${commandsOf('chat')}, of a function that a channel's buttons invoke

  --format json|cloudformation   json (default): each policy as IAM takes it; what a managed policy cannot
                                 hold is in several. cloudformation: a template that makes them
  --document N                   the N-th policy alone
  --stack NAME                   deployer: the stack's name; default: as serverless.yml in this folder says
  --json                         { "role", "stage", "account", "region", "documents": [{ "name", "for",
                                 "characters", "policy" }] }

Exit status: 0; 1 the config is invalid; 2 there is no such role, or the config cannot be read.
Example: npx aws-tourbillon permissions reader --stage prod > reader.json
         aws iam create-policy --policy-name tourbillon-prod-reader --policy-document file://reader.json
`,
  options: { format: { type: 'string' }, document: { type: 'string' }, stack: { type: 'string' } },
  async run(args, terminal) {
    const { out, err } = terminal
    const { document, json } = args.values
    const format = formatOf(args)
    const role = roleIn(args.positionals)
    if (role !== 'deployer' && args.values.stack !== undefined)
      throw new CannotDo(`--stack says nothing of ${role}: nobody but the deployer calls the stack`, {
        hint: 'leave it out',
      })
    const { config, settings } = await validStage(args, terminal)
    const { stack: given } = args.values
    // Nobody else's policies have it.
    const stack = role === 'deployer' ? await stackName(config.stage, given) : ''
    const more = role === 'verifier' ? throwAwayStatements(settings) : []
    const found = permissionsOf(role, { config, settings, stack, more }, format)
    const { documents, template, where } = found
    for (const [unknown, text] of Object.entries(UNKNOWN))
      if (format === 'json' && where[unknown as keyof typeof UNKNOWN] === undefined)
        err(`note: replace ${text}, or say it in the config: stage: { ${unknown}: … }\n`)
    if (json === true) out(jsonText({ role, stage: config.stage, ...placeOf(where), documents }))
    else if (template) out(jsonText(template))
    else print(chosen(documents, document), { out, err })
    return 0
  },
}

/** Throws CannotDo where it does not go with the other options. */
function formatOf(args: Arguments): 'json' | 'cloudformation' {
  const { format = 'json', document, json } = args.values
  if (format !== 'json' && format !== 'cloudformation')
    throw new CannotDo(`--format ${oneLine(String(format))}: no such format`, {
      hint: 'json or cloudformation',
    })
  if (format === 'cloudformation' && (json || document !== undefined))
    throw new CannotDo('a template is one document, and no other JSON', {
      hint: 'leave out --json and --document',
    })
  refuseBeside(args, 'json', ['document'])
  return format
}

/** In lines of at most 90 characters. */
function commandsOf(role: Role): string {
  return ROLES[role].words.replaceAll(/(.{60,90}), /g, '$1,\n             ')
}

function roleIn([role, ...more]: string[]): Role {
  const names = Object.keys(ROLES)
  if (role === undefined) throw new CannotDo('whose?', { hint: `one of ${names.join(', ')}` })
  if (!isRole(role)) throw new CannotDo(`no role "${oneLine(role)}"`, { hint: oneOf(role, names) })
  const [next] = more
  if (next !== undefined) throw new CannotDo(`unexpected "${oneLine(next)}"`, { hint: 'one role at a time' })
  return role
}

function placeOf({ account, region }: Where) {
  return { account: account ?? null, region: region ?? null }
}

function chosen(documents: PolicyDocument[], which: unknown): PolicyDocument[] {
  if (which === undefined) return documents
  return documents.slice(wholeNumber('document', which, 1, documents.length) - 1).slice(0, 1)
}

/** As osls names it of serverless.yml, which is in this folder, unless it was given: CloudFormation's names begin with it. */
async function stackName(stage: string, given: unknown): Promise<string> {
  if (typeof given === 'string' && STACK.test(given)) return given
  if (given !== undefined)
    throw new CannotDo(`--stack ${oneLine(String(given))} is no stack's name`, {
      hint: 'letters, digits and hyphens, as CloudFormation shows it',
    })
  const text = await readFile('serverless.yml', 'utf8').catch(() => undefined)
  const found: unknown = text === undefined ? undefined : parse(text, { logLevel: 'silent' })
  const { service, provider } = (found ?? {}) as { service?: unknown; provider?: { stackName?: unknown } }
  if (typeof service === 'string' && STACK.test(service) && provider?.stackName === undefined)
    return `${service}-${stage}`
  const why =
    text === undefined ? 'there is no serverless.yml here' : 'serverless.yml does not tell it plainly'
  throw new CannotDo(`what is the stack called? ${why}`, {
    hint: 'run it where serverless.yml is, or add --stack NAME',
  })
}

/** Source: CloudFormation API reference, StackName. */
const STACK = /^[A-Za-z][A-Za-z0-9-]{0,127}$/

/** Policies on standard output, one after the other; what they are beside it. */
function print(
  documents: PolicyDocument[],
  { out, err }: { out(text: string): void; err(text: string): void },
) {
  for (const { name, characters, ...document } of documents)
    err(`${name}: ${document.for} (${characters} of ${MANAGED_POLICY_CHARACTERS} characters)\n`)
  if (documents.length > 1) err('note: --document N prints one of them\n')
  for (const { policy } of documents) out(jsonText(policy))
}
