import { STSClient } from '@aws-sdk/client-sts'
import { settingsFor } from '../aws/settings.ts'
import type { Clock } from './stage/facts.ts'

/** As whom, and where: what everything else is seen as. */
export type Identity = { account: string; arn: string; partition: string; region: string; clock?: Clock }

/**
 * The one call that needs no permission: whoever cannot make it can see nothing. Its answer carries AWS's own time.
 * Source: STS API reference, GetCallerIdentity. Throws what the SDK throws.
 */
export async function identify(now: () => number): Promise<Identity> {
  const client = new STSClient({ ...settingsFor('repeatable') })
  let clock: Clock | undefined
  client.middlewareStack.add(
    (next) => async (args) => {
      const sent = now()
      const result = await next(args)
      const { date } = (result.response as { headers?: Record<string, string> }).headers ?? {}
      const time = Date.parse(date ?? '')
      // The header has no fractions: on average it is half a second behind.
      const way = (now() - sent) / 2
      if (!Number.isNaN(time)) clock = { aheadMs: sent + way - (time + 500), uncertainMs: way + 500 }
      return result
    },
    { step: 'deserialize', name: 'tourbillonReadsTheDate' },
  )
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
  const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}))
  return {
    account: Account,
    arn: Arn,
    partition: Arn.split(':')[1] ?? 'aws',
    region: await client.config.region(),
    ...(clock && { clock }),
  }
}
