import { readFileSync, writeFileSync } from 'node:fs'
import { actionsOn, type Permission } from '../aws/permission.ts'
import { LOOKING } from '../aws/places.ts'
import { NEVER_ALLOWED, SECRETS_PERMISSIONS } from '../aws/secrets.ts'
import { CONSOLE, NEEDS, type Need, PEOPLE } from './permissions/commands.ts'
import { TYPES } from './permissions/resource-types.ts'
import { TARGETS, type Target } from './permissions/targets.ts'

/**
 * What documents say of permissions, made of what stands beside the calls: between two lines with this mark, the first of
 * which has the part's name after it.
 */
const MARK = 'permissions by npm run schema'

const PARTS: Record<string, { file: string; text: () => string | Promise<string> }> = {
  'member role': { file: 'docs/member-role.yml', text: memberStatements },
  roles: { file: 'docs/permissions.md', text: rolesTable },
  commands: { file: 'docs/permissions.md', text: commandsTable },
  deployer: { file: 'docs/permissions.md', text: deployerTable },
  doctor: { file: 'docs/doctor.md', text: doctorTable },
  console: { file: 'docs/console.md', text: consoleTable },
  endpoints: { file: 'docs/deploy.md', text: endpoints },
}

/** Each document as it should be, by its path. */
export async function documentsWithPermissions(read = (file: string) => readFileSync(file, 'utf8')) {
  const documents = new Map<string, string>()
  for (const [name, { file, text }] of Object.entries(PARTS)) {
    const part = new RegExp(`(^.*${MARK}: ${name}[ \\n][^]*?\n)[^]*?(^.*end of ${MARK}.*$)`, 'm')
    const written = await text()
    const found = documents.get(file) ?? read(file)
    if (!part.test(found)) throw new Error(`${file} has no place for ${name}: «${MARK}: ${name}»`)
    documents.set(
      file,
      found.replace(part, (_, begin: string, end: string) => begin + written + end),
    )
  }
  return [...documents].map(([file, text]) => ({ file, text }))
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

/** What more there is to say of a role than its commands. */
const ALSO: Partial<Record<keyof typeof PEOPLE, string>> = {
  operator: ', `console`',
  reader: ', `console --read-only`',
  verifier: ': its calls, and what CloudFormation makes for it ([verify.md](verify.md#rights))',
  chat: ', for a function that a channel’s buttons invoke ([chat.md](chat.md#buttons-hold-reject))',
}

function rolesTable(): string {
  const row = (role: string, commands: readonly string[], also = '') =>
    `| \`${role}\` | ${commands.map((it) => `\`${it}\``).join(', ')}${also} |`
  const people = Object.entries(PEOPLE).map(([role, commands]) =>
    row(role, commands, ALSO[role as keyof typeof PEOPLE]),
  )
  const deployer = row('deployer', ['serverless deploy', 'serverless remove'])
  return `\n${['| role | commands |', '| --- | --- |', deployer, ...people].join('\n')}\n\n`
}

const changing = (permissions: Record<string, readonly Permission[]>) =>
  Object.values(permissions)
    .flat()
    .filter(({ changes }) => changes)
    .map(({ action }) => action)

/** What a row of a table says: actions by what they are on, each once. */
function rowOf(needs: readonly Need[]): string {
  const byPart = (Object.keys(TARGETS) as Target[]).flatMap((target) => {
    const actions = new Set(needs.filter(({ on }) => on === target).flatMap((it) => it.actions))
    if (actions.size === 0) return []
    return `${[...actions].map((it) => `\`${it}\``).join(' ')} on ${TARGETS[target].words}`
  })
  return byPart.join('; ')
}

const table = (head: string, rows: string[][]) =>
  `${['', `| ${head} | actions |`, '| --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n')}\n`

/** Commands that need the same stand in one row. */
function commandsTable(): string {
  const rows = new Map<string, string[]>()
  for (const [command, needs] of Object.entries(NEEDS)) {
    if (command === 'doctor') continue
    const row = rowOf(needs)
    rows.set(row, [...(rows.get(row) ?? []), `\`${command}\``])
  }
  return table(
    'command',
    [...rows].map(([row, commands]) => [commands.join(', '), row]),
  )
}

/** What CloudFormation does with each type; the service once a row. */
function deployerTable(): string {
  const short = (actions: string) =>
    actions
      .split(' ')
      .map((it) => `\`${it}\``)
      .join(' ')
  const rows = Object.entries(TYPES).map(([type, { actions, properties }]) => {
    const more = Object.entries(properties).filter(([, it]) => it !== '')
    return [
      `\`${type}\``,
      [short(actions), ...more.map(([name, it]) => `with \`${name}\`: ${short(it)}`)].join('; '),
    ]
  })
  return table('type', rows)
}

function doctorTable(): string {
  const services = new Map<string, Need[]>()
  for (const { actions, on } of NEEDS.doctor as readonly Need[]) {
    const service = SERVICES[actions[0]?.split(':')[0] ?? ''] ?? ''
    services.set(service, [...(services.get(service) ?? []), { actions, on }])
  }
  return table(
    'service',
    [...services].map(([service, needs]) => [service, rowOf(needs)]),
  )
}

const SERVICES: Record<string, string> = {
  ...{ dynamodb: 'DynamoDB', ec2: 'EC2', iam: 'IAM', lambda: 'Lambda', scheduler: 'Scheduler' },
  ...{ secretsmanager: 'Secrets Manager', sns: 'SNS', sqs: 'SQS', sts: 'STS' },
}

function consoleTable(): string {
  return table(
    'for',
    Object.entries(CONSOLE).map(([what, commands]) => [what, rowOf(commands.flatMap((it) => NEEDS[it]))]),
  )
}

/** Each client of the handlers, by the service's name in its endpoint, and when it is used. */
const ENDPOINTS: Record<string, string> = {
  'client-dynamodb': '`dynamodb` (a gateway endpoint)',
  'client-secrets-manager': '`secretsmanager`',
  'client-lambda': '`lambda`',
  'client-eventbridge': '`events`',
  'client-sns': '`sns`',
  'client-cloudtrail': '`cloudtrail`, if schedules have `adoption`',
  'client-ecs': '`ecs`, if consumers are refreshed that are ECS services',
  'client-ssm': '`ssm`, if you use Change Calendars, or consumers are refreshed by runbooks',
  'client-sts':
    '`sts`, if schedules name other accounts, or who runs on demand shall be [proved](operations.md#proof-and-claim)',
}

/** The clients that the handlers' bundles hold. @throws Error for one whose endpoint is not written down */
async function endpoints(): Promise<string> {
  const { bundle, handlerFile } = await import('./bundle.ts')
  const { HANDLERS } = await import('./functions.ts')
  const none = { stage: '', version: '', freezes: [], schedules: [] }
  const bundles = await Promise.all(Object.values(HANDLERS).map((it) => bundle(handlerFile(it), none)))
  const clients = new Set(
    bundles.flatMap(({ modules }) =>
      modules.flatMap((it) => /@aws-sdk\/(client-[a-z0-9-]+)\//.exec(it)?.[1] ?? []),
    ),
  )
  const unknown = [...clients].filter((it) => !Object.hasOwn(ENDPOINTS, it))
  if (unknown.length > 0) throw new Error(`${unknown}: which endpoint does it need? (ENDPOINTS)`)
  const used = Object.entries(ENDPOINTS).filter(([client]) => clients.has(client))
  return `${used.map(([, words]) => `  - ${words}`).join('\n')}\n`
}

// `npm run schema`
if (import.meta.main) for (const { file, text } of await documentsWithPermissions()) writeFileSync(file, text)
