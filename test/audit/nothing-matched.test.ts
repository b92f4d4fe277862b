import { expect, it } from 'vitest'
import { addSecret } from '../../src/rehearse/world/aws.ts'
import { within } from '../busy.ts'
import { INSTANT, type StageOptions, simulatedStage } from '../sim/stage.ts'
import { auditorOf, rowsOf } from './auditor.ts'

/** A wave whose selector chooses nothing, or whose secrets cannot be listed: a record, and a finding, never a success. */
const MINUTE = 60_000
const CLOSES = INSTANT + 30 * MINUTE
const WAVE = `nightly#${new Date(INSTANT).toISOString()}`
const select = { secrets: [], select: { tags: { rotation: 'nigthly' } } }
const denied = Object.assign(new Error('not authorized to perform: secretsmanager:ListSecrets'), {
  name: 'AccessDeniedException',
})

async function delivered(options: StageOptions) {
  const stage = simulatedStage({ schedule: select, ...options })
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  const end = stage.deliver().catch((error: Error) => ({ failed: error.message }))
  await auditor.every5Minutes(INSTANT + 4 * MINUTE, CLOSES + 80 * MINUTE)
  return { stage, auditor, end: await end, wave: await stage.waves.get(WAVE) }
}

it('a selector that matches nothing is an answer of its own, and told once', async () => {
  const { auditor, end, wave } = await delivered({})
  const message = 'no secret matches the tags rotation=nigthly'
  expect(end).toMatchObject({ outcomes: {}, refused: { reason: 'NOTHING_MATCHED', message } })
  expect(wave).toMatchObject({ secrets: 0, refused: { reason: 'NOTHING_MATCHED', message } })
  const keys = new Set(auditor.findings.map(({ key }) => key))
  expect([...keys]).toEqual([`nothing ${WAVE}`])
  expect(auditor.findings[0]).toMatchObject({ kind: 'NOTHING_MATCHED', schedule: 'nightly' })
  // Accounted for once its window has closed: the audit goes on.
  expect(auditor.findings.length).toBeLessThan(9)
})

it('what is listed only minutes later is caught up while the window is open', async () => {
  const stage = simulatedStage({ schedule: { secrets: [], select: { prefix: 'fleet/' } } })
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  void stage.deliver()
  await auditor.at(INSTANT + 4 * MINUTE)
  addSecret(stage.aws, 'fleet/late')
  await auditor.every5Minutes(INSTANT + 9 * MINUTE, CLOSES + 16 * MINUTE)
  expect(rowsOf(stage)).toMatchObject([{ secret: 'fleet/late', status: 'SUCCEEDED', trigger: 'CATCH_UP' }])
})

it('a run that finds some goes ahead at once, whatever an earlier one found', async () => {
  const stage = simulatedStage({ schedule: { secrets: [], select: { prefix: 'fleet/' } } })
  const scheduledAt = new Date(INSTANT - 2 * MINUTE).toISOString()
  void stage.deliver({ schedule: 'nightly', scheduledAt, leadSeconds: 120 })
  await stage.clock.runUntil(INSTANT)
  addSecret(stage.aws, 'fleet/late')
  void stage.deliver()
  await stage.clock.runUntil(INSTANT + 10 * MINUTE)
  const [{ status, skewMs = Number.NaN } = {}] = rowsOf(stage)
  expect(status).toBe('SUCCEEDED')
  expect(skewMs).toBeLessThan(within(5_000))
})

it('secrets that cannot be listed fail the execution, and leave a record and a finding', async () => {
  const request = (action: string) => (action === 'ListSecrets' ? { before: denied } : {})
  const { stage, auditor, end, wave } = await delivered({ request })
  const message = expect.stringContaining('could not list the secrets of nightly')
  expect(end).toEqual({ failed: message })
  expect(wave).toMatchObject({ secrets: 0, refused: { reason: 'SECRETS_NOT_LISTED', message } })
  // Until its window has closed the audit cannot say what was due: it says that much.
  expect([...new Set(auditor.kinds())]).toEqual(['UNACCOUNTED', 'SECRETS_NOT_LISTED'])
  expect(auditor.findings.at(-1)?.message).toContain('not authorized')
  const { state } = await auditor.states.get()
  expect(Date.parse(state?.marks.nightly?.until ?? '')).toBeGreaterThan(INSTANT)
  expect(rowsOf(stage)).toEqual([])
})

it('what could not be listed at the first run after an absence is tried for an hour, as ever', async () => {
  const request = (action: string) =>
    action === 'ListSecrets' && stage.clock.now() < CLOSES + 94 * MINUTE ? { before: denied } : {}
  const stage = simulatedStage({ schedule: { secrets: [], select: { prefix: 'fleet/' } }, request })
  addSecret(stage.aws, 'fleet/a')
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  // Neither a delivery nor an audit comes for two hours.
  await auditor.every5Minutes(CLOSES + 90 * MINUTE, CLOSES + 100 * MINUTE)
  expect(rowsOf(stage)).toMatchObject([{ secret: 'fleet/a', status: 'MISSED' }])
  const { state } = await auditor.states.get()
  expect(state?.backAt).toBe(new Date(CLOSES + 90 * MINUTE).toISOString())
})

it('what cannot be listed since an absence is given up once that hour is over', async () => {
  const request = (action: string) => (action === 'ListSecrets' ? { before: denied } : {})
  const stage = simulatedStage({ schedule: { secrets: [], select: { prefix: 'fleet/' } }, request })
  const auditor = auditorOf(stage)
  await auditor.at(INSTANT - MINUTE)
  const until = async () => Date.parse((await auditor.states.get()).state?.marks.nightly?.until ?? '')
  await auditor.every5Minutes(CLOSES + 90 * MINUTE, CLOSES + 145 * MINUTE)
  expect(await until()).toBeLessThan(INSTANT)
  await auditor.at(CLOSES + 150 * MINUTE)
  expect(await until()).toBeGreaterThan(INSTANT)
  expect(auditor.kinds()).toContain('SECRETS_NOT_LISTED')
})
