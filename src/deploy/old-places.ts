import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import type { Osls } from './osls.ts'

/** Parameters that had a meaning in serverless.yml, and what they are called under `stage:`; the config is found by its name. */
const PARAMS = {
  rotationFunctions: 'rotationFunctions',
  alertEmails: 'alertEmails',
  deletionProtection: 'disposable',
  logRetentionInDays: 'logRetentionInDays',
  reservedConcurrency: 'reservedConcurrency',
  vpc: 'vpc',
}

/** Keys of `provider:` that are meant for all of a stage, and what they are called under `stage:`, which reaches all of it. */
const PROVIDER: [path: string, key: string][] = [
  ['region', 'region'],
  ['vpc', 'vpc'],
  ['kmsKeyArn', 'kmsKeyArn'],
  ['logRetentionInDays', 'logRetentionInDays'],
  ['iam.role.permissionsBoundary', 'permissionsBoundary'],
  ['iam.role.permissionBoundary', 'permissionsBoundary'],
  ['rolePermissionsBoundary', 'permissionsBoundary'],
]

/** Keys of the role that osls gives to functions without one of their own, and Tourbillon's have their own. */
const OF_THEIR_ROLE = ['iam.role', 'role', 'iamRoleStatements', 'iamManagedPolicies']

/**
 * What stands in serverless.yml and has its place in `file` now, or would silently have no effect.
 * Undefined: nothing of that.
 */
export async function oldPlace(osls: Osls, file: string): Promise<Error | undefined> {
  const { custom, params, functions, provider } = osls.configurationInput
  if (at(custom, 'tourbillon') !== undefined) return moved('custom.tourbillon', file)
  for (const [stage, values] of Object.entries(mapOf(params)))
    for (const [name, key] of Object.entries(PARAMS))
      if (at(values, name) !== undefined) return moved(`params.${stage}.${name}`, file, key)
  for (const [path, key] of PROVIDER)
    if (at(provider, path) !== undefined && (path !== 'region' || (await writesRegion(osls))))
      return moved(`provider.${path}`, file, key)
  if (at(provider, 'tracing.lambda') !== undefined)
    return refused('provider.tracing.lambda', 'write tracing: on functions of your own')
  const none = Object.keys(mapOf(functions)).length === 0
  const idle = none ? OF_THEIR_ROLE.find((path) => at(provider, path) !== undefined) : undefined
  return idle === undefined
    ? undefined
    : refused(`provider.${idle}`, 'remove it: it is for functions of your own, and there are none')
}

function moved(where: string, file: string, key?: string): Error {
  const place = key === undefined ? `under stage: in ${file}` : `as ${key}: under stage: in ${file}`
  return new Error(
    `serverless.yml: ${where}: this has its place in the stage’s own file now\n    hint: write it ${place}, and remove it here: node_modules/aws-tourbillon/docs/deploy.md`,
  )
}

function refused(where: string, hint: string): Error {
  return new Error(`serverless.yml: ${where}: would do nothing for Tourbillon’s functions\n    hint: ${hint}`)
}

/** osls fills the key in where nobody wrote it: what is written, the file itself says. */
async function writesRegion({
  serviceDir,
  configurationFilename,
  configurationInput,
}: Osls): Promise<boolean> {
  if (!/\.(ya?ml|json)$/.test(configurationFilename))
    return at(configurationInput.provider, 'region') !== 'us-east-1'
  const text = await readFile(join(serviceDir, configurationFilename), 'utf8')
  return parseDocument(text, { logLevel: 'silent' }).hasIn(['provider', 'region'])
}

/** By keys with dots between. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => mapOf(node)[key] ?? undefined, value)
}

function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
