import { join } from 'node:path'
import { otherRegionText, refuseOtherAccount, regionOfEnvironment } from '../aws/stage-place.ts'
import { withAws } from '../aws/with-aws.ts'
import { type Loaded, loadConfig } from '../config/load.ts'
import { describeProblem } from '../config/problem.ts'
import { type StageSettings, stageSettings } from '../config/stage-settings.ts'
import { CannotDo } from '../model/errors.ts'
import type { Options, Osls, OslsLog } from './osls.ts'

/** A stage by its file, which may be wrong or absent: whoever needs it whole looks for that. */
export type OslsStage = {
  name: string
  /** From where serverless.yml is. */
  file: string
  loaded: Loaded | { unreadable: Error }
  /** What `stage:` says; of one that is wrong, account and region at most. */
  settings: StageSettings
  /** Why nobody knows where it lives: no file, or a `stage:` that is wrong. */
  unknown?: string
}

export async function readStage(osls: Osls): Promise<OslsStage> {
  const name = osls.getProvider('aws').getStage()
  const file = join('config', `${name}.yml`)
  const loaded = await loadConfig(join(osls.serviceDir, file)).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) throw error
    return { unreadable: error }
  })
  if ('settings' in loaded && loaded.settings) return { name, file, loaded, settings: loaded.settings }
  const unknown =
    'unreadable' in loaded
      ? `cannot read ${file}: ${loaded.unreadable.message}`
      : linesOf(loaded.ok ? [] : loaded.errors, file)
  const pins = 'pins' in loaded ? loaded.pins : undefined
  return { name, file, loaded, settings: { ...stageSettings.parse({}), ...pins }, unknown }
}

/** The very lines that `npx aws-tourbillon validate` prints. */
export function linesOf(problems: Parameters<typeof describeProblem>[1][], file: string): string {
  return problems.map((problem) => describeProblem('error', { ...problem, file })).join('\n')
}

/**
 * The file's region, whatever the environment or the profile says; an option that says otherwise is refused, and so is no
 * region at all: the answer is why nothing may be done.
 */
export async function settleRegion(
  { service }: Pick<Osls, 'service'>,
  { region: option, 'aws-profile': profile = service.provider.profile }: Options,
  { name, file, settings }: OslsStage,
  log: OslsLog,
): Promise<CannotDo | undefined> {
  const pinned = settings.region
  if (option !== undefined && pinned !== undefined && option !== pinned)
    return new CannotDo(`--region ${option}: stage ${name} lives in ${pinned} (${file})`, {
      hint: 'leave --region out; another region is another stage, with a file of its own',
    })
  const named = await regionOfEnvironment(typeof profile === 'string' ? { profile } : {})
  const region = option ?? pinned ?? named
  if (typeof region !== 'string')
    return new CannotDo(`stage ${name} has no region`, {
      hint: `write under stage: in ${file}: region: eu-central-1, or where it shall live`,
    })
  service.provider.region = region
  const text = otherRegionText({ stage: name, file, ...settings }, named)
  if (text !== undefined) log.warning(text.replace(/^note: /, ''))
  return undefined
}

/** Commands of osls that ask AWS nothing of a stage. */
const OFFLINE = ['package', 'invoke local', 'plugin install', 'plugin uninstall', 'plugin list']

/** What changes the stage; an absent file keeps nobody from `remove` alone. */
const CHANGING = ['deploy', 'deploy function', 'remove', 'rollback']

/** Before anything is sent: only in the stage's own account. */
export async function refuseElsewhere(osls: Osls, stage: OslsStage, log: OslsLog): Promise<void> {
  const command = osls.processedInput.commands.join(' ')
  if (OFFLINE.includes(command)) return
  const { name, file, settings, unknown } = stage
  if (unknown !== undefined) {
    const where = `${unknown}\nSo nothing says for sure in which account and region stage ${name} lives`
    if (CHANGING.includes(command) && !(command === 'remove' && 'unreadable' in stage.loaded))
      throw new Error(`${where}: nothing was touched.`)
    const known = [settings.account && `account ${settings.account}`, settings.region].filter(Boolean)
    log.warning(
      `${where}: going ${known.length > 0 ? `to ${known.join(', ')}` : 'where your AWS settings say'}.`,
    )
  }
  if (settings.account === undefined) return
  const client = await osls.getProvider('aws').getAwsSdkV3Config()
  await withAws(`ask whose account this is (stage ${name} is touched in ${settings.account} only)`, () =>
    refuseOtherAccount({ stage: name, file, ...settings }, client),
  )
}
