import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalAws, startLocalAws } from '../../src/local/aws.ts'
import { type Service, serviceCopy } from './service.ts'

const SCHEDULES = 'schedules: { nightly: { when: cron(0 3 * * ? *), timezone: UTC, secrets: [a] } }\n'

let aws: LocalAws
let service: Service
beforeAll(async () => {
  aws = await startLocalAws()
  service = await serviceCopy()
  await service.writeConfig('here', `stage: { account: '000000000000', region: eu-west-3 }\n${SCHEDULES}`)
  await service.writeConfig('there', `stage: { account: '111122223333', region: eu-west-3 }\n${SCHEDULES}`)
  await service.writeConfig('broken', `stage: { account: 1 }\n${SCHEDULES}`)
  await service.writeConfig('nowhere', SCHEDULES)
  await service.writeConfig('typo', `stage: { account: '111122223333', alertEmail: [] }\n${SCHEDULES}`)
})
afterAll(async () => {
  await service.remove()
  await aws.stop()
})

/** All that it said, and what reached AWS meanwhile: services, in their order, and the regions. */
async function run(args: string[], env: Record<string, string> = {}) {
  const before = aws.calls.length
  const { code, stdout, stderr } = await service.serverless(args, { ...aws.env, ...env })
  const asked = aws.calls.slice(before).map((call) => call.service)
  return { code, said: stdout + stderr, asked: asked.filter((it) => it !== 'sts') }
}

describe('a stage that is pinned', () => {
  it.each(['deploy', 'remove', 'info'])('is touched in its own account only: %s', async (command) => {
    const { code, said, asked } = await run([command, '--stage', 'there'])
    expect(code).toBe(1)
    expect(said).toContain(
      'stage there lives in account 111122223333 (config/there.yml), and this is 000000000000',
    )
    expect(asked).toEqual([])
  })

  it('goes to its region, whatever the environment says', async () => {
    const { said } = await run(['invoke', '-f', 'rotateNow', '-d', '{}', '--stage', 'here'], {
      AWS_REGION: 'us-west-2',
    })
    expect(said).toContain('stage here lives in eu-west-3 (config/here.yml), not in us-west-2')
    expect(aws.calls.at(-1)).toMatchObject({ service: 'lambda', region: 'eu-west-3' })
  })

  it('is not packaged for another region', async () => {
    const { code, said } = await run(['package', '--stage', 'here', '--region', 'us-east-1'])
    expect(code).toBe(1)
    expect(said).toContain('--region us-east-1: stage here lives in eu-west-3 (config/here.yml)')
  })
})

describe('a stage of which nobody knows where it lives', () => {
  it('is not removed, and everything else says so', async () => {
    const { code, said, asked } = await run(['remove', '--stage', 'broken'])
    expect(code).toBe(1)
    expect(said).toContain('config/broken.yml:1:19  error  stage.account: a text is expected, not a number')
    expect(said).toContain('nothing was touched')
    expect(asked).toEqual([])
    const invoked = await run(['invoke', '-f', 'rotateNow', '-d', '{}', '--stage', 'broken'])
    expect(invoked.said).toContain('going where your AWS settings say')
    expect(invoked.asked).toEqual(['lambda'])
  })

  it.each(['broken', 'gone'])('is not deployed from a package either: %s', async (stage) => {
    const { code, said, asked } = await run(['deploy', '--package', 'made', '--stage', stage])
    expect([code, asked]).toEqual([1, []])
    expect(said).toContain('nothing was touched')
  })

  it('minds the account that can be read, whatever else is wrong beside it', async () => {
    const { code, said, asked } = await run(['info', '--stage', 'typo'])
    expect([code, asked]).toEqual([1, []])
    expect(said).toContain('did you mean "alertEmails"?')
    expect(said).toContain('stage typo lives in account 111122223333')
  })

  it('has no region where neither its file nor the environment has one', async () => {
    const { code, said } = await run(['package', '--stage', 'nowhere'], { AWS_REGION: '' })
    expect(code).toBe(1)
    expect(said).toContain('stage nowhere has no region')
    expect(said).toContain('write under stage: in config/nowhere.yml: region: eu-central-1')
  })
})
