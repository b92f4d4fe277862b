import { partitionOf } from '../model/place.ts'

/** Each by the commit of a release, as GitHub advises: a tag can be moved. */
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1'
const SETUP_NODE = 'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0'
const CREDENTIALS = 'aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3'

/** A stage as its workflow has to know it: the account in which its role stands, the region it lives in. */
export type DeployedStage = { stage: string; account: string; region: string }

/**
 * `.github/workflows/tourbillon.yml` of a user's repository: a pull request is checked and its changes of rotations are
 * a comment; what is merged into `main` is planned and deployed. A job for each stage, in the order given, each after
 * the one before. docs/github.md explains it.
 */
export function githubWorkflow(...stages: [DeployedStage, ...DeployedStage[]]): string {
  const jobs = stages.map((it, index) => deployJob(it, stages[index - 1]))
  return `${HEAD}${jobs.join('\n')}`
}

const STEPS = `
      - uses: ${CHECKOUT}
      - uses: ${SETUP_NODE}
        with:
          node-version: 24
          cache: npm
      - run: npm ci`

const HEAD = `# What each step does, and the role it asks for:
# node_modules/aws-tourbillon/docs/github.md
name: Tourbillon
on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

jobs:
  review:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write # the comment
    concurrency:
      group: review-\${{ github.ref }}
      cancel-in-progress: true
    steps:${STEPS}
      - uses: ./node_modules/aws-tourbillon
        with:
          command: validate
      - uses: ./node_modules/aws-tourbillon
        with:
          command: diff

`

function deployJob({ stage, account, region }: DeployedStage, before: DeployedStage | undefined): string {
  return `  ${jobOf(stage)}:
    if: github.event_name == 'push'${before === undefined ? '' : `\n    needs: ${jobOf(before.stage)}`}
    runs-on: ubuntu-latest
    environment: ${stage}
    permissions:
      contents: read
      id-token: write # the role, without a key
    concurrency: deploy-${stage} # one at a time; nothing is cancelled midway
    steps:${STEPS}
      - uses: ${CREDENTIALS}
        with:
          role-to-assume: arn:${partitionOf(region)}:iam::${account}:role/tourbillon-deployer
          aws-region: ${region}
      - uses: ./node_modules/aws-tourbillon
        with:
          command: plan
          stage: ${stage}
      - uses: ./node_modules/aws-tourbillon
        with:
          command: deploy
          stage: ${stage}
`
}

function jobOf(stage: string): string {
  return `deploy-${stage}`
}
