/** What a new stage is, as far as it is known: what is absent stands in the file as a comment, to be filled in. */
export type NewStage = {
  stage: string
  timezone: string
  /** 12 digits. */
  account?: string
  region?: string
}

/** The first lines of `config/<stage>.yml`: up to what rotates. */
export function headText({ stage, timezone, account, region }: NewStage): string {
  return `# yaml-language-server: $schema=../node_modules/aws-tourbillon/config/schema.json
# Stage ${stage}. After each change: npx aws-tourbillon validate --stage ${stage}

# Where this stage lives: commands and deploys stop anywhere else.
${pins({ account, region })}

# What schedules have that do not say otherwise.
defaults:
  timezone: ${timezone}
  window: 30m   # how long after its instant a rotation may still start
  timeout: 15m  # how long one rotation may take
`
}

function pins({ account, region }: { account: string | undefined; region: string | undefined }): string {
  return `# stage:
#   account: '${account ?? '123456789012'}'
#   region: ${region ?? 'eu-central-1'}`
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
