import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../aws/settings.ts'
import type { Config } from '../config/config.ts'
import { describeProblem } from '../config/problem.ts'
import { logRetentionOf, type StageSettings } from '../config/stage-settings.ts'
import { located } from '../config/warnings/located.ts'
import { outlookOf } from '../config/warnings/warnings.ts'
import type { CannotDo } from '../model/errors.ts'
import { namesOf } from '../model/resource-names.ts'
import { messageOf } from '../model/text.ts'
import { leavingText, readLeaving } from '../rotation/leaving.ts'
import { bundle, handlerFile } from './bundle.ts'
import { capacityOf } from './capacity.ts'
import { functionsOf, HANDLERS, type OslsFunction } from './functions.ts'
import { oldPlace } from './old-places.ts'
import { type Options, type Osls, type OslsLog, reported } from './osls.ts'
import { linesOf, type OslsStage, readStage, refuseElsewhere, settleRegion } from './osls-stage.ts'
import { settleTemplate } from './osls-template.ts'
import { secretsElsewhere } from './places.ts'
import { stackPieces } from './resources.ts'
import { checkLimits } from './stack-quotas.ts'

/**
 * The step from a config file to a stack, inside `serverless package` and `serverless deploy`: before anything is
 * touched the config is validated and compiled, then the resources it asks for join those of serverless.yml, then each
 * handler is bundled with it. Nothing is done to any other command, so a broken config keeps nobody from `invoke`.
 */
export default class TourbillonPlugin {
  readonly hooks: Record<string, () => Promise<void>>
  /** While osls still reads its configuration: what is added now is there for every command. */
  readonly asyncInit: () => Promise<void>

  constructor(osls: Osls, options: Options, { log }: { log: OslsLog }) {
    const provider = osls.getProvider('aws')
    const alias = namesOf(provider.getStage()).rotateAlias.split(':')[1]
    // osls makes the alias that a durable function needs, and names it; the name is ours to give, in one place.
    if (alias !== undefined) provider.naming.getLambdaDurableAliasName = () => alias

    let stage: OslsStage
    let config: Config | undefined
    let nowhere: CannotDo | undefined
    let outdated: Error | undefined
    this.asyncInit = () =>
      reported(osls, async () => {
        stage = await readStage(osls)
        outdated = await oldPlace(osls, stage.file)
        nowhere = await settleRegion(osls, options, stage, log)
        addFunctions(osls, functionsOf(namesOf(stage.name), stage.settings, soundConfig(stage)))
        settleProvider(osls, stage)
      })
    this.hooks = {
      initialize: () =>
        reported(osls, async () => {
          if (osls.processedInput.commands.join(' ') === 'print') return
          if (nowhere) throw nowhere
          await refuseElsewhere(osls, stage, log)
        }),
      'before:package:cleanup': () =>
        reported(osls, async () => {
          if (outdated) throw outdated
          config = validated(osls, stage, log)
          addResources(osls, config, stage.settings)
        }),
      'before:package:createDeploymentArtifacts': () =>
        reported(osls, async () => {
          if (config) await bundleAll(osls, config, log)
        }),
      'before:deploy:function:initialize': () =>
        reported(osls, async () => refuseAlone(options.function, provider.getStage())),
      'after:aws:package:finalize:mergeCustomProviderResources': () =>
        reported(osls, () => {
          const resources = osls.service.provider.compiledCloudFormationTemplate?.Resources ?? {}
          settleTemplate(resources, stage.settings)
          checkLimits(resources, 0)
        }),
      // Packaged by now, and nothing is touched yet.
      'before:deploy:deploy': () => warnOfLeaving(osls, config, log),
      'after:deploy:deploy': () => startAudit(osls, log),
    }
  }
}

/** The stage's config, or an error with the very lines that `npx aws-tourbillon validate` prints. */
function validated(osls: Osls, { name, file, loaded }: OslsStage, log: OslsLog): Config {
  if ('unreadable' in loaded)
    throw new Error(`cannot read ${file}, the config of stage ${name}: ${loaded.unreadable.message}`, {
      cause: loaded.unreadable,
    })
  const found = loaded.ok
    ? located(outlookOf(loaded.config, Date.now(), undefined, loaded.settings), loaded)
    : undefined
  const errors = loaded.ok ? (found?.errors ?? []) : loaded.errors
  if (!loaded.ok || errors.length > 0)
    throw new Error(
      `${linesOf(errors, file)}\n${file} is invalid: nothing was packaged, nothing was deployed.`,
    )
  const { config } = loaded
  for (const warning of found?.warnings ?? []) log.warning(describeProblem('warning', { ...warning, file }))
  for (const warning of secretsElsewhere(config, osls.getProvider('aws').getRegion())) log.warning(warning)
  log.notice(`Config ${file}: version ${config.version}, ${config.schedules.length} schedules`)
  return config
}

/** What is under way may lose its rights to this deploy: said before it happens, and no more (decision 0111). */
async function warnOfLeaving(osls: Osls, config: Config | undefined, log: OslsLog): Promise<void> {
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

function addResources(osls: Osls, config: Config, settings: StageSettings): void {
  const { service } = osls
  for (const [name, capacity] of Object.entries(capacityOf(config, settings)))
    Object.assign(service.functions[name] ?? {}, capacity)
  const pieces = stackPieces(config, settings)
  service.resources = {
    ...service.resources,
    Resources: { ...pieces.Resources, ...service.resources?.Resources },
    Outputs: { ...pieces.Outputs, ...service.resources?.Outputs },
  }
}

/** What a user's own functions have from the stage, too; tags first of all. */
function settleProvider(osls: Osls, { name, settings }: OslsStage): void {
  const { vpc, kmsKeyArn } = settings
  const { provider, service } = osls.service
  const stackTags = { application: service, stage: name, ...(provider.stackTags as object | undefined) }
  const logRetentionInDays = logRetentionOf(settings)
  const all = { stackTags, logRetentionInDays, ...(vpc && { vpc }), ...(kmsKeyArn && { kmsKeyArn }) }
  for (const [key, value] of Object.entries(all)) osls.extendConfiguration(['provider', key], value)
}

/** Undefined where it is not valid, which is told before anything is packaged. */
function soundConfig({ loaded }: OslsStage): Config | undefined {
  return 'config' in loaded ? loaded.config : undefined
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
  // osls gives its layers to every function that has none; an empty list is one, and stands in the template.
  if (osls.service.provider.layers !== undefined)
    for (const definition of Object.values(functions)) definition.layers = []
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

async function bundleAll(osls: Osls, config: Config, log: OslsLog): Promise<void> {
  // Where osls leaves its own archives, and looks for them.
  const directory = join(osls.serviceDir, '.serverless')
  await mkdir(directory, { recursive: true })
  for (const [name, handler] of Object.entries(HANDLERS)) {
    if (osls.service.functions[name] === undefined) continue
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
async function startAudit(osls: Osls, log: OslsLog): Promise<void> {
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

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
