import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capacityOf } from '../../src/deploy/capacity.ts'
import { entry } from '../schedules/entry.ts'
import { serviceCopy } from './service.ts'

const CONFIG = `defaults: { timezone: UTC, window: 8h }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/orders/db] }
`

/** `serverless package` with another setting in serverless.yml. */
async function packaged(setting: string) {
  const service = await serviceCopy()
  try {
    const file = join(service.directory, 'serverless.yml')
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('reservedConcurrency: null', `reservedConcurrency: ${setting}`),
    )
    await service.writeConfig('dev', CONFIG)
    const ended = await service.serverless(['package', '--stage', 'dev'])
    if (ended.code !== 0) throw new Error(ended.stderr)
    const made = join(service.directory, '.serverless/cloudformation-template-update-stack.json')
    const { Resources } = JSON.parse(await readFile(made, 'utf8'))
    const all = Object.values(Resources) as { Type: string; Properties: Record<string, unknown> }[]
    const functions = Object.fromEntries(
      all
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties: it }) => [String(it.FunctionName), it.ReservedConcurrentExecutions]),
    )
    const ages = all.flatMap(({ Properties: { MaximumEventAgeInSeconds: age } }) => age ?? [])
    return { functions, ages }
  } finally {
    await service.remove()
  }
}

describe('what Lambda keeps free', { timeout: 120_000 }, () => {
  it('is what the setting says, and one for the audit that makes good what waits', async () => {
    const { functions, ages } = await packaged('20')
    expect(functions).toEqual({
      'tourbillon-dev-rotate': 20,
      'tourbillon-dev-rotateNow': undefined,
      'tourbillon-dev-audit': 1,
      'tourbillon-dev-observe': undefined,
    })
    // Lambda keeps an event for six hours at most.
    expect(ages).toEqual([21_600])
  })

  it('waits for the longest window of all schedules', () => {
    const schedules = [600, 3_600, 30].map((windowSeconds) => ({ ...entry(), windowSeconds }))
    const config = { stage: 'dev', version: '1a2b3c4d5e6f', freezes: [], schedules }
    expect(capacityOf(config, {}).rotate).toEqual({ maximumEventAge: 3_600 })
  })
})
