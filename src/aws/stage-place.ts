import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import { CannotDo } from '../model/errors.ts'
import type { CommandStage } from './command-stage.ts'
import { settingsFor } from './settings.ts'

type Place = Omit<CommandStage, 'note'>

/**
 * The one rule of where a stage may be touched, for commands and deploys: in its own account only, and in the region of
 * its file, whatever the environment or the profile says. GetCallerIdentity needs no permission.
 * Throws CannotDo in another account, and what the SDK throws where it cannot be asked.
 */
export async function refuseOtherAccount(
  { stage, file, account }: Place,
  settings: Pick<STSClientConfig, 'region' | 'credentials'> = {},
): Promise<void> {
  if (account === undefined) return
  const client = new STSClient({ ...settingsFor('repeatable'), ...settings })
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}))
  if (Account === account) return
  throw new CannotDo(`stage ${stage} lives in account ${account} (${file}), and this is ${Account}: ${Arn}`, {
    hint: `take credentials of account ${account} (AWS_PROFILE, or aws sso login); if the stage has moved, change account under stage: in ${file}`,
  })
}

/** Which region the environment or the profile names; undefined: none. */
export async function regionOfEnvironment(of: { profile?: string } = {}): Promise<string | undefined> {
  const { region: _pinned, ...settings } = settingsFor('once')
  return new STSClient({ ...settings, ...of }).config.region().catch(() => undefined)
}

/** Where clients go, told where it is not what the environment or the profile says; undefined: nothing to tell. */
export function otherRegionText(
  { stage, file, region }: Place,
  named: string | undefined,
): string | undefined {
  if (region === undefined || named === undefined || named === region) return undefined
  return `note: stage ${stage} lives in ${region} (${file}), not in ${named}, which your AWS settings name`
}

/** Before the first call of a command. Throws as `refuseOtherAccount`. */
export async function checkStagePlace(place: CommandStage): Promise<void> {
  const [text] = await Promise.all([
    regionOfEnvironment().then((named) => otherRegionText(place, named)),
    refuseOtherAccount(place),
  ])
  if (text !== undefined) place.note(text)
}
