import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { messageOf } from '../model/text.ts'
import { settingsFor } from './settings.ts'
import { withTimeLimit } from './time-limit.ts'

/** Somebody waits at a terminal, and can type it instead. */
const PATIENCE_MS = 5_000

/**
 * The account and region of whoever runs this, as far as they can be told: by a profile, the environment, credentials.
 * GetCallerIdentity needs no permission. Never rejects: what is not known is absent, and `why` says why.
 */
export async function callerPlace(
  region?: string,
  patienceMs = PATIENCE_MS,
): Promise<{ account?: string; arn?: string; region?: string; why?: string }> {
  const client = new STSClient({ ...settingsFor('once'), ...(region !== undefined && { region }) })
  const known: { account?: string; region?: string } = {}
  try {
    known.region = await client.config.region()
    const { Account, Arn } = await withTimeLimit(patienceMs, `no answer in ${patienceMs / 1_000} s`, () =>
      client.send(new GetCallerIdentityCommand({})),
    )
    return {
      ...known,
      ...(Account !== undefined && { account: Account }),
      ...(Arn !== undefined && { arn: Arn }),
    }
  } catch (error) {
    return { ...known, why: messageOf(error) }
  }
}
