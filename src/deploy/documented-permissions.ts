import { readFileSync, writeFileSync } from 'node:fs'
import { ESTATE_PERMISSIONS } from '../aws/estate.ts'
import { actionsOn, type Permission } from '../aws/permission.ts'
import { LOOKING } from '../aws/places.ts'
import { RESUME_PERMISSIONS } from '../aws/resume-callback.ts'
import { SCHEDULE_PERMISSIONS } from '../aws/schedules.ts'
import { NEVER_ALLOWED, SECRETS_PERMISSIONS, UNSTICK_PERMISSIONS } from '../aws/secrets.ts'
import { INVOKE_PERMISSIONS } from '../aws/with-aws.ts'
import { TABLE_ACTIONS } from '../ledger/table.ts'

/**
 * What documents say of permissions, made of what stands beside the calls: between two lines with this mark, the first of
 * which ends in the part's name. A file's parts: docs/member-role.yml has the other account's role, docs/deploy.md what
 * commands need of whoever gives them.
 */
const MARK = 'permissions by npm run schema'

const PARTS: Record<string, { file: string; text: () => string }> = {
  'member role': { file: 'docs/member-role.yml', text: memberStatements },
  commands: { file: 'docs/deploy.md', text: commandsTable },
}

/** Each document as it should be, by its path. */
export function documentsWithPermissions(read = (file: string) => readFileSync(file, 'utf8')) {
  return Object.entries(PARTS).map(([name, { file, text }]) => {
    const part = new RegExp(`(^.*${MARK}: ${name}.*\n)[^]*?(^.*end of ${MARK}.*$)`, 'm')
    return { file, text: read(file).replace(part, (_, begin: string, end: string) => begin + text() + end) }
  })
}

function memberStatements(): string {
  const statement = (sid: string, actions: string[], resource: string, effect = 'Allow') => [
    `- Sid: ${sid}`,
    `  Effect: ${effect}`,
    `  Action: [${actions.join(', ')}]`,
    `  Resource: ${resource}`,
  ]
  const lines = [
    ...statement('RotateConfiguredSecrets', actionsOn('secret', SECRETS_PERMISSIONS), '!Ref SecretArns'),
    '# IAM knows no resource for it. It shows names and tags, never values.',
    '- !If',
    '  - WithListing',
    ...statement('ListSecrets', actionsOn('any', SECRETS_PERMISSIONS), '"*"').map((line) => `  ${line}`),
    '  - !Ref AWS::NoValue',
    "# RotateSecret's caller needs it too (API reference).",
    ...statement(
      'StartRotationFunctions',
      actionsOn('rotation function', SECRETS_PERMISSIONS),
      '!Ref RotationFunctionArns',
    ),
    '# A session of this name changes nothing, whatever else the role may. The audit can have no other (above).',
    ...statement('LookersChangeNothing', changing(SECRETS_PERMISSIONS), '"*"', 'Deny'),
    '  Condition:',
    '    StringLike:',
    `      aws:userid: "*:${LOOKING}*"`,
    '# Whatever another policy of this role may come to allow.',
    ...statement('NeverReadSecrets', NEVER_ALLOWED, '"*"', 'Deny'),
  ]
  return lines.map((line) => `              ${line}\n`).join('')
}

const changing = (permissions: Record<string, readonly Permission[]>) =>
  Object.values(permissions)
    .flat()
    .filter(({ changes }) => changes)
    .map(({ action }) => action)

const all = (permissions: Record<string, readonly Permission[]>) =>
  Object.values(permissions)
    .flat()
    .map(({ action }) => action)

const READ_LEDGER = ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:BatchGetItem']

/** docs/doctor.md and docs/console.md have their own; the others ask AWS nothing. */
export const COMMANDS_BESIDE = ['doctor', 'console', 'init', 'validate', 'explain', 'diff']

/** Every other command. */
export const COMMANDS: [commands: string, actions: string[], notes: string][] = [
  ['init --from-aws', all(ESTATE_PERMISSIONS), 'names, tags, rotation rules; `init` alone needs nothing'],
  ['plan', [...all(SCHEDULE_PERMISSIONS), ...TABLE_ACTIONS.query], 'the ledger: to see rotations under way'],
  [
    'run',
    [...all(INVOKE_PERMISSIONS), 'dynamodb:GetItem', 'dynamodb:Query'],
    'on `rotateNow`; the ledger: to follow',
  ],
  [
    'run --dry-run',
    [...READ_LEDGER, ...actionsOn('any', SECRETS_PERMISSIONS)],
    '`ListSecrets` for a selector only',
  ],
  ['cancel', ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], ''],
  ['next, calendar', TABLE_ACTIONS.query, 'only for planned runs'],
  ['history, status, show, report', READ_LEDGER, 'the table and its indexes; see [auditors.md](auditors.md)'],
  [
    'approve, reject',
    ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem', ...all(RESUME_PERMISSIONS)],
    'the callback is the orchestrator’s',
  ],
  [
    'hold, release',
    ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'the table; `Query` for `--list`',
  ],
  ['unstick', all(UNSTICK_PERMISSIONS), 'on the secret'],
]

function commandsTable(): string {
  const rows = COMMANDS.map(
    ([commands, actions, notes]) =>
      `| ${commands.replaceAll(/[^,]+/g, (it) => it.replace(/\S.*/, '`$&`'))} | ${actions.map((it) => `\`${it}\``).join(' ')} | ${notes} |`,
  )
  return `${['', '| command | actions | on what |', '| --- | --- | --- |', ...rows, ''].join('\n')}\n`
}

// `npm run schema`
if (import.meta.main) for (const { file, text } of documentsWithPermissions()) writeFileSync(file, text)
