import { setTimeout as pause } from 'node:timers/promises'
import { type DbProxies, openDbProxies } from '../aws/db-proxies.ts'
import { type EventHistory, openEventHistory } from '../aws/event-history.ts'
import { isDenied } from '../aws/not-now.ts'
import { settingsFor } from '../aws/settings.ts'
import { openTaskDefinitions, type TaskDefinitions } from '../aws/task-definitions.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { MOST_LOOKING_MS } from '../model/found-consumers.ts'
import { schedulesOf } from './consumers.ts'
import { lookAtProxies } from './find-proxies.ts'
import { lookAtReads } from './find-reads.ts'
import { lookAtServices } from './find-services.ts'
import { type EntriesFound, entriesFor, type Having, type Looks } from './found-entries.ts'
import type { Progress } from './progress.ts'

/**
 * `unseen`: why the secret itself is not known. `toPaste`: for each schedule that has the secret and does not name all that
 * were found.
 */
export type FoundConsumers = Looks & { secretName: string; unseen?: string; toPaste: EntriesFound[] }

const UNDESCRIBED =
  'secretsmanager:DescribeSecret: not allowed: whether there is such a secret, and its ARN, is not known'

/** What is asked, of whom; `progress` hears how far it is. */
type FindPorts = {
  tasks: TaskDefinitions
  proxies: DbProxies
  history: EventHistory
  /** The secret's ARN. */
  arnOf(name: string): Promise<string | undefined>
  now(): number
  progress: Progress
}

/** Who seems to use a secret, asked with the caller's own credentials; nothing is kept. Throws CannotDo. */
export async function findConsumers(
  config: Config,
  secret: string,
  { now, progress }: Pick<FindPorts, 'now' | 'progress'>,
): Promise<FoundConsumers> {
  const having = schedulesOf(config, secret)
  const here = having.filter(({ place }) => place === undefined)
  const [elsewhere] = having
  if (here.length === 0 && elsewhere)
    throw new CannotDo(
      `${secret} of ${elsewhere.name} is in another account or region, and this looks in the stage’s own`,
      {
        hint: 'look there: a config of a stage that lives there, and its credentials',
      },
    )
  return withAws(
    'look who uses the secret',
    async () => look(here, secret, { ...(await openPorts(now)), now, progress }),
    { giveUpMs: Number.POSITIVE_INFINITY },
  )
}

/** Clients that no other command has are loaded here only. */
async function openPorts(now: () => number): Promise<Omit<FindPorts, 'now' | 'progress'>> {
  const [ecs, rds, trail, sm] = await Promise.all([
    import('@aws-sdk/client-ecs'),
    import('@aws-sdk/client-rds'),
    import('@aws-sdk/client-cloudtrail'),
    import('@aws-sdk/client-secrets-manager'),
  ])
  const settings = settingsFor('patient')
  const secrets = new sm.SecretsManagerClient({ ...settingsFor('repeatable') })
  return {
    tasks: openTaskDefinitions({ sdk: ecs, client: new ecs.ECSClient({ ...settings }) }),
    proxies: openDbProxies({ sdk: rds, client: new rds.RDSClient({ ...settings }) }),
    history: openEventHistory({
      load: async () => ({ sdk: trail, client: new trail.CloudTrailClient({ ...settings }) }),
      ...{ now, pause },
    }),
    async arnOf(SecretId) {
      return (await secrets.send(new sm.DescribeSecretCommand({ SecretId }))).ARN
    },
  }
}

/** Whoever may ask nothing at all learns it here, and once. Throws AwsFailed, and CannotDo where there is no such secret. */
function ifDenied(error: unknown): undefined {
  const { cause } = error as { cause?: { name?: string } }
  if (isDenied(cause)) return undefined
  if (cause?.name !== 'ResourceNotFoundException') throw error
  throw new CannotDo('there is no such secret in this account and region', {
    hint: 'check AWS_PROFILE and the region',
  })
}

/** Three looks; what one may not see is told, and keeps nothing from the others. */
async function look(having: Having[], secret: string, ports: FindPorts): Promise<FoundConsumers> {
  const arn = await withAws('ask for the secret', () => ports.arnOf(secret)).catch(ifDenied)
  const until = ports.now() + MOST_LOOKING_MS
  const [services, proxies, readers] = await Promise.all([
    lookAtServices(secret, arn, until, ports),
    lookAtProxies(secret, arn, until, ports),
    lookAtReads(secret, arn, until, ports),
  ])
  ports.progress.end()
  const found = { services, proxies, readers }
  return {
    secretName: secret,
    ...(arn === undefined && { unseen: UNDESCRIBED }),
    ...found,
    toPaste: having.flatMap((one) => entriesFor(one, secret, found)),
  }
}
