import { scalar } from './scalar.ts'

/** What a new stage is, as far as it is known: what is absent stands in the file as a comment, to be filled in. */
export type NewStage = {
  stage: string
  timezone: string
  /** 12 digits. */
  account?: string
  region?: string
  /** As `stage:` takes them; absent: those that AWS's own templates make. */
  rotationFunctions?: string[]
}

/** The first lines of `config/<stage>.yml`: up to what rotates. */
export function headText(stage: NewStage): string {
  return `# yaml-language-server: $schema=../node_modules/aws-tourbillon/config/schema.json
# Stage ${stage.stage}. After each change: npx aws-tourbillon validate --stage ${stage.stage}
# Every key: node_modules/aws-tourbillon/docs/config.md

# Where this stage lives: commands and deploys stop anywhere else.
${stageBlock(stage)}

# What schedules have that do not say otherwise.
defaults:
  timezone: ${stage.timezone}
  window: 30m   # how long after its instant a rotation may still start
  timeout: 15m  # how long one rotation may take
`
}

/** What is not known is a comment, to be filled in. */
function stageBlock({ account, region, rotationFunctions }: NewStage): string {
  const known = [
    ...(account === undefined ? [] : [`account: '${account}'`]),
    ...(region === undefined ? [] : [`region: ${region}`]),
    ...(rotationFunctions === undefined
      ? []
      : [
          'rotationFunctions:  # that rotate its secrets',
          ...rotationFunctions.map((it) => `  - ${scalar(it)}`),
        ]),
  ]
  const open = [
    ...(account === undefined ? ["account: '123456789012'"] : []),
    ...(region === undefined ? ['region: eu-central-1'] : []),
    ...(rotationFunctions === undefined
      ? ['rotationFunctions: [SecretsManager*]  # that rotate its secrets']
      : []),
    'alertEmails: [ops@example.com]  # who hears of every alarm',
    'disposable: true  # only where the ledger may be lost with the stack',
  ]
  // A map in which everything is a comment is no map.
  const key = known.length > 0 ? 'stage:' : '# stage:'
  return [key, ...known.map((line) => `  ${line}`), ...open.map((line) => `  # ${line}`)].join('\n')
}

/** A stage with one schedule, to be replaced: valid at once, and something to see in `next`. */
export function firstConfig(stage: NewStage): string {
  return `${headText(stage)}
# When nothing rotates:
# freezes:
#   - { name: year-end, from: 2027-12-24, to: 2028-01-04, yearly: true, reason: change freeze }

schedules:
  # An example: put your own in its place.
  example-weekly:
    when: cron(0 3 ? * SUN *)  # minute hour day-of-month month day-of-week year
    secrets:
      - ${stage.stage}/example/db
`
}
