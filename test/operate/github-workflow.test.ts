import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { githubWorkflow } from '../../src/operate/github-workflow.ts'
import { lintWorkflows, usedActions } from '../github/lint.ts'

const DEV = { stage: 'dev', account: '111122223333', region: 'eu-central-1' }
const PROD = { stage: 'prod', account: '444455556666', region: 'ap-northeast-1' }

test('actionlint has nothing against the workflow of one stage or two, and does against a broken one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workflow-'))
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const two = githubWorkflow(DEV, PROD)
  expect(lintWorkflows([written('one.yml', githubWorkflow(PROD)), written('two.yml', two)])).toEqual([])
  const broken = written('broken.yml', two.replace('needs: deploy-dev', 'needs: deploy-dew'))
  expect(lintWorkflows([broken]).join()).toContain('deploy-dew')
})

test('a stage is deployed from main alone, into its environment and account, after the one before it', () => {
  const { jobs } = parse(githubWorkflow(DEV, PROD))
  expect(Object.keys(jobs)).toEqual(['review', 'deploy-dev', 'deploy-prod'])
  expect(jobs['deploy-dev'].needs).toBeUndefined()
  expect(jobs['deploy-prod']).toMatchObject({
    if: "github.event_name == 'push'",
    needs: 'deploy-dev',
    environment: 'prod',
    concurrency: 'deploy-prod',
  })
  expect(jobs['deploy-prod'].steps).toContainEqual(
    expect.objectContaining({
      with: {
        'role-to-assume': 'arn:aws:iam::444455556666:role/tourbillon-deployer',
        'aws-region': 'ap-northeast-1',
      },
    }),
  )
})

test.each([
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
])('in %s the role is one of %s', (region, partition) => {
  expect(githubWorkflow({ ...PROD, region })).toContain(
    `role-to-assume: arn:${partition}:iam::444455556666:role/tourbillon-deployer`,
  )
})

test('only the jobs that need it may comment or ask for a role', () => {
  const { permissions, jobs } = parse(githubWorkflow(PROD))
  expect(permissions).toEqual({ contents: 'read' })
  expect(jobs.review.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
  expect(jobs['deploy-prod'].permissions).toEqual({ contents: 'read', 'id-token': 'write' })
})

test('actions of others are pinned to a commit', () => {
  const others = usedActions(githubWorkflow(PROD)).filter((it) => !it.startsWith('./'))
  expect(others).toHaveLength(5)
  for (const action of others) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
})

test('docs/github.md shows it as it is written', () => {
  const shown = githubWorkflow({ stage: 'prod', account: '123456789012', region: 'eu-central-1' })
  expect(readFileSync('docs/github.md', 'utf8')).toContain(`\`\`\`yaml\n${shown}\`\`\``)
})
