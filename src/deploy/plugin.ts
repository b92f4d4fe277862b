import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda'
import { settingsFor } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { describeProblem } from '../config/problem.ts'
import { located } from '../config/warnings/located.ts'
import { outlookOf } from '../config/warnings/warnings.ts'
import { namesOf } from '../model/resource-names.ts'
import { messageOf } from '../model/text.ts'
import { leavingText, readLeaving } from '../rotation/leaving.ts'
import { bundle, handlerFile } from './bundle.ts'
import { capacityOf } from './capacity.ts'
import { functionsOf, HANDLERS, type OslsFunction } from './functions.ts'
import { secretsElsewhere } from './places.ts'
import { stackPieces } from './resources.ts'
import { readSettings, type Settings } from './settings.ts'

/** The parts of osls that the plugin touches. */
export type Osls = {
  serviceDir: string
  service: {
    custom?: unknown
    resources?: { Resources?: object; Outputs?: object }
    provider: { vpc?: { subnetIds?: unknown } | null }
    functions: Record<string, OslsFunction>
  }
  /** serverless.yml as it was read. */
  configurationInput: { functions?: unknown }
  extendConfiguration(path: string[], value: unknown): void
  getProvider(name: 'aws'): {
    getStage(): string
    getRegion(): string
    getAwsSdkV3Config(): Promise<LambdaClientConfig>
    getAwsSdkV3CredentialsProvider(): NonNullable<DynamoDBClientConfig['credentials']>
    naming: { getLambdaDurableAliasName(): string }
  }
  classes: { Error: new (message: string, code?: string) => Error }
}

type Log = { warning(text: string): void; notice(text: string): void }

/**
 * The step from a config file to a stack, inside `serverless package` and `serverless deploy`: before anything is
 * touched the config is validated and compiled, then the resources it asks for join those of serverless.yml, then each
 * handler is bundled with it. Nothing is done to any other command, so a broken config keeps nobody from `invoke`.
 */
export default class TourbillonPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  /** While osls still reads its configuration: what is added now is there for every command. */
  readonly asyncInit: () => Promise<void>

  constructor(osls: Osls, options: { function?: unknown }, { log }: { log: Log }) {
    const provider = osls.getProvider('aws')
    const alias = namesOf(provider.getStage()).rotateAlias.split(':')[1]
    // osls makes the alias that a durable function needs, and names it; the name is ours to give, in one place.
    if (alias !== undefined) provider.naming.getLambdaDurableAliasName = () => alias

    let config: Config | undefined
    this.asyncInit = () =>
      reported(osls, async () => addFunctions(osls, functionsOf(namesOf(provider.getStage()))))
    this.hooks = {
      'before:package:cleanup': () =>
        reported(osls, async () => {
          const settings = readSettings(osls.service.custom)
          config = await validated(osls, settings, log)
          addResources(osls, config, settings)
        }),
      'before:package:createDeploymentArtifacts': () =>
        reported(osls, async () => {
          if (config) await bundleAll(osls, config, log)
        }),
      'before:deploy:function:initialize': () =>
        reported(osls, async () => refuseAlone(options.function, provider.getStage())),
      // Packaged by now, and nothing is touched yet.
      'before:deploy:deploy': () => warnOfLeaving(osls, config, log),
      'after:deploy:deploy': () => startAudit(osls, log),
    }
  }
}

/** The stage's config, or an error with the very lines that `npx aws-tourbillon validate` prints. */
async function validated(osls: Osls, settings: Settings, log: Log): Promise<Config> {
  const stage = osls.getProvider('aws').getStage()
  const file = relative(osls.serviceDir, resolve(osls.serviceDir, settings.config))
  const loaded = await loadConfig(resolve(osls.serviceDir, file)).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new Error(`cannot read ${file}, the config of stage ${stage}: ${error.message}`, { cause: error })
  })
  const found = loaded.ok ? located(outlookOf(loaded.config, Date.now()), loaded) : undefined
  const errors = loaded.ok ? (found?.errors ?? []) : loaded.errors
  if (!loaded.ok || errors.length > 0) {
    const lines = errors.map((error) => describeProblem('error', { ...error, file }))
    throw new Error(`${lines.join('\n')}\n${file} is invalid: nothing was packaged, nothing was deployed.`)
  }
  const { config } = loaded
  if (config.stage !== stage) {
    throw new Error(`${file} is the config of stage ${config.stage}: deploy it with --stage ${config.stage}`)
  }
  for (const warning of found?.warnings ?? []) log.warning(describeProblem('warning', { ...warning, file }))
  for (const warning of secretsElsewhere(config, osls.getProvider('aws').getRegion())) log.warning(warning)
  log.notice(`Config ${file}: version ${config.version}, ${config.schedules.length} schedules`)
  return config
}

/** What is under way may lose its rights to this deploy: said before it happens, and no more (decision 0111). */
async function warnOfLeaving(osls: Osls, config: Config | undefined, log: Log): Promise<void> {
  if (!config) {
    log.warning(
      'deployed from a package: nobody has looked for rotations under way that it takes rights from',
    )
    return
  }
  const provider = osls.getProvider('aws')
  const { ledgerElsewhere } = await import('../runtime/records.ts')
  const ledger = ledgerElsewhere(namesOf(config.stage).ledgerTable, {
    region: provider.getRegion(),
    credentials: provider.getAwsSdkV3CredentialsProvider(),
  })
  const { rotations, unknown } = await readLeaving(config, ledger)
  for (const rotation of rotations) log.warning(leavingText(rotation))
  if (unknown !== undefined)
    log.warning(`could not look for rotations under way that this deploy takes rights from: ${unknown}`)
}

function addResources(osls: Osls, config: Config, settings: Settings): void {
  const { service } = osls
  for (const [name, capacity] of Object.entries(capacityOf(config, settings)))
    Object.assign(service.functions[name] ?? {}, capacity)
  const pieces = stackPieces({
    config,
    settings,
    inVpc: service.provider.vpc?.subnetIds !== undefined,
  })
  service.resources = {
    ...service.resources,
    Resources: { ...pieces.Resources, ...service.resources?.Resources },
    Outputs: { ...pieces.Outputs, ...service.resources?.Outputs },
  }
}

/** Beside the user's own, which osls makes as it does. @throws Error where that cannot be */
function addFunctions(osls: Osls, functions: Record<string, OslsFunction>): void {
  const own = osls.configurationInput.functions ?? {}
  if (typeof own !== 'object')
    throw new Error('serverless.yml: functions: a map is expected, or a list of maps, at once')
  const taken = Object.keys(functions).find((name) => [own].flat().some((some) => name in some))
  if (taken !== undefined)
    throw new Error(
      `serverless.yml: functions.${taken}: Tourbillon makes a function of this name by itself\n    hint: remove it, or give yours another name`,
    )
  if (Array.isArray(own)) osls.extendConfiguration(['functions', String(own.length)], functions)
  else
    for (const [name, definition] of Object.entries(functions))
      osls.extendConfiguration(['functions', name], definition)
}

/** osls would upload the service's own files in the handler's place. */
function refuseAlone(name: unknown, stage: string): void {
  if (!Object.hasOwn(HANDLERS, String(name))) return
  throw new Error(
    `${name} is deployed with its stage, never alone: its roles and schedules belong to it\n    hint: npx serverless deploy --stage ${stage}`,
  )
}

async function bundleAll(osls: Osls, config: Config, log: Log): Promise<void> {
  // Where osls leaves its own archives, and looks for them.
  const directory = join(osls.serviceDir, '.serverless')
  await mkdir(directory, { recursive: true })
  for (const [name, handler] of Object.entries(HANDLERS)) {
    const { archive, startBytes } = await bundle(handlerFile(handler), config)
    const artifact = join(directory, `${name}.zip`)
    await writeFile(artifact, archive)
    Object.assign(osls.service.functions[name] ?? {}, { package: { individually: true, artifact } })
    log.notice(
      `Bundled ${handler}: ${kilobytes(startBytes)} of code at start, ${kilobytes(archive.length)} zipped in all`,
    )
  }
}

/**
 * The audit runs as the deploy ends: what waits on an older config is bound by this one's freezes within seconds, and
 * not at the audit's next turn, up to five minutes later; and a new stage is watched at once. The stack stands, so what
 * fails here is said, and is no failure of the deploy.
 */
async function startAudit(osls: Osls, log: Log): Promise<void> {
  const provider = osls.getProvider('aws')
  const FunctionName = namesOf(provider.getStage()).auditFunction
  try {
    const client = new LambdaClient({ ...settingsFor('repeatable'), ...(await provider.getAwsSdkV3Config()) })
    await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{}' }))
    log.notice('The audit runs now: what waits on an older config is bound by this one')
  } catch (error) {
    const why = messageOf(error)
    log.warning(
      `could not invoke ${FunctionName} (${why}): it runs by itself within five minutes, and until then what waits on an older config does not know new freezes`,
    )
  }
}

/** Our errors are messages for people: osls prints its own kind without a stack trace. */
async function reported(osls: Osls, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    throw new osls.classes.Error(error.message, 'TOURBILLON')
  }
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
