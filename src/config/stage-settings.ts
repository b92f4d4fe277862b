import { z } from 'zod'
import type { UnlocatedProblem } from './problem.ts'
import { accountId, regionName, wholeNumber, withHint } from './values.ts'

/**
 * `stage:` of `config/<stage>.yml`: where a stage lives, and what differs by stage. It is no part of what handlers carry: an
 * address for alarms makes no new version of the config.
 */

/** A lone `*` would be every function of the account: a name is at least begun. */
const FUNCTION = /^([A-Za-z0-9_-]{1,63}\*?|arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+)$/

const EMAIL = /^[^\s@"',;:<>()[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/

const KMS_KEY = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,128}$/

const POLICY = /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/

/** What CloudWatch Logs allows. Source: API reference, PutRetentionPolicy, retentionInDays; 1096 is unknown to osls. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653,
]

type Form = { form: RegExp; description: string; example: string; not: string; hint: string }

/** A text of one form. */
function formed({ form, description, example, not, hint }: Form) {
  return z
    .string()
    .meta({ description, examples: [example], pattern: form.source })
    .refine((text) => form.test(text), {
      error: ({ input }) => `"${String(input)}" ${not}`,
      ...withHint(hint),
    })
}

function listOf(form: Form, description: string) {
  return z
    .array(formed(form))
    .refine((all) => new Set(all).size === all.length, {
      error: 'one stands twice here',
      ...withHint('remove one of the two'),
    })
    .meta({ description, examples: [[form.example]] })
}

const rotationFunctions = listOf(
  {
    form: FUNCTION,
    description: 'a function’s name, the beginning of names with *, or an ARN',
    example: 'SecretsManager*',
    not: 'is no function’s name or ARN',
    hint: 'a name, a name’s beginning with * behind it, or an ARN; not * alone, which is every function',
  },
  'a list of the functions that rotate the configured secrets: names, names ending in *, or ARNs',
)

const alertEmails = listOf(
  {
    form: EMAIL,
    description: 'an e-mail address',
    example: 'ops@example.com',
    not: 'is no e-mail address',
    hint: 'write it alone: ops@example.com',
  },
  'a list of e-mail addresses that hear of every alarm; each has to confirm once',
)

const networkId = (prefix: 'sg' | 'subnet', description: string) =>
  listOf(
    {
      form: new RegExp(`^${prefix}-[0-9a-f]{8,17}$`),
      description: `an id ${prefix}-…`,
      example: `${prefix}-0123456789abcdef0`,
      not: `does not look like ${prefix}-0123456789abcdef0`,
      hint: `copy the id, which begins with ${prefix}-, not the name`,
    },
    description,
  ).min(1, 'at least one is expected')

const logRetentionInDays = z
  .number()
  .meta({ description: `days that logs are kept: ${RETENTIONS.join(', ')}`, enum: RETENTIONS })
  .refine((days) => RETENTIONS.includes(days), {
    error: ({ input }) => `CloudWatch Logs keeps nothing for ${String(input)} days`,
    ...withHint(`one of ${RETENTIONS.join(', ')}`),
  })

export const stageSettings = z
  .strictObject({
    account: accountId('the stage’s account: commands and deploys stop in another').optional(),
    region: regionName('the stage’s region: commands and deploys go there').optional(),
    rotationFunctions: rotationFunctions.default(['SecretsManager*']),
    alertEmails: alertEmails.default([]),
    logRetentionInDays: logRetentionInDays.optional(),
    disposable: z
      .boolean()
      .meta({
        description:
          'true or false: whether the ledger may be lost with the stack; else it is kept and protected',
      })
      .default(false),
    reservedConcurrency: wholeNumber(
      1,
      100_000,
      'executions that Lambda keeps free for the orchestrator, and the most that it runs at once',
    ).optional(),
    vpc: z
      .strictObject({
        securityGroupIds: networkId('sg', 'a list of security groups’ ids'),
        subnetIds: networkId('subnet', 'a list of subnets’ ids'),
      })
      .meta({ description: 'the network of the functions: { securityGroupIds, subnetIds }' })
      .optional(),
    kmsKeyArn: formed({
      form: KMS_KEY,
      description:
        'the ARN of a KMS key, which encrypts table, queue, topic, logs and the functions’ settings',
      example: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      not: 'is not the ARN of a KMS key',
      hint: 'arn:aws:kms:REGION:ACCOUNT:key/ID; not an alias: aws kms describe-key --key-id alias/NAME shows the ARN',
    }).optional(),
    permissionsBoundary: formed({
      form: POLICY,
      description: 'the ARN of the IAM policy that bounds every role of the stage',
      example: 'arn:aws:iam::111122223333:policy/boundary',
      not: 'is not the ARN of an IAM policy',
      hint: 'arn:aws:iam::ACCOUNT:policy/NAME',
    }).optional(),
  })
  .meta({
    description:
      'what differs by stage: account, region, alertEmails, see node_modules/aws-tourbillon/docs/deploy.md',
  })

export type StageSettings = z.output<typeof stageSettings>

const pins = z.object({ account: stageSettings.shape.account, region: stageSettings.shape.region })

/** Where a stage lives, from a `stage:` that may be wrong elsewhere. Undefined: that itself cannot be read. */
export function pinsOf(stage: unknown): Pick<StageSettings, 'account' | 'region'> | undefined {
  return pins.safeParse(stage).data
}

/** Days that logs are kept: an audit asks for a year and looks at it a month later. */
export function logRetentionOf({ logRetentionInDays, disposable }: StageSettings): number {
  return logRetentionInDays ?? (disposable ? 30 : 400)
}

/** What one value of `stage:` says against another. */
export function stageRules({
  account,
  region,
  kmsKeyArn,
  permissionsBoundary,
}: StageSettings): UnlocatedProblem[] {
  const keyRegion = kmsKeyArn?.split(':')[3]
  const boundaryAccount = permissionsBoundary?.split(':')[4]
  return [
    ...(region !== undefined && keyRegion !== undefined && keyRegion !== region
      ? [
          {
            path: ['stage', 'kmsKeyArn'],
            message: `a key of ${keyRegion}, and the stage is in ${region}`,
            hint: `name a key of ${region}: services use keys of their own region only`,
          },
        ]
      : []),
    ...(account !== undefined && ![undefined, 'aws', account].includes(boundaryAccount)
      ? [
          {
            path: ['stage', 'permissionsBoundary'],
            message: `a policy of account ${boundaryAccount}, and the stage is in ${account}`,
            hint: `name a policy of ${account}: a boundary is of the role’s own account`,
          },
        ]
      : []),
  ]
}
