import fc from 'fast-check'
import { expect, it } from 'vitest'
import { reportOf } from '../../src/verify/report.ts'

const about = {
  release: '1.0.0',
  region: 'eu-central-1',
  zoneData: '2026f',
  node: '2026c',
  day: '2026-11-28',
}
type Findings = Parameters<typeof reportOf>[0]
const finding: Findings[number] = {
  ...{ name: 'version-id', expected: 'yes', use: 'use' },
  ...{ verdict: 'UNKNOWN', message: 'It was not seen.' },
}
const digits = fc.stringMatching(/^[0-9]{12}$/)
const name = fc.stringMatching(/^[a-z0-9]{9}$/)

it('says nothing of the account that was measured, whatever an error brought along', () => {
  fc.assert(
    fc.property(digits, name, fc.uuid(), (account, id, uuid) => {
      const own = `verify-tourbillon-${id}-seen`
      const why = `User: arn:aws:sts::${account}:assumed-role/Admin/me@example.com may not invoke ${own} (${account}), request ${uuid}`
      const text = reportOf(
        [{ ...finding, message: why, why, seen: { isToken: true, at: own, id: uuid } } as Findings[number]],
        about,
      )
      for (const it of [account, id, uuid, 'Admin', 'me@example.com']) expect(text).not.toContain(it)
      expect(text).toContain('version-id: UNKNOWN')
    }),
  )
})

it('says of a failed call what was tried and the error’s name, and none of AWS’s or the SDK’s words', () => {
  const why =
    'could not invoke verify-tourbillon-abc-probe: no profile acme-prod (/home/jo/.aws/config), host vpce-1.acme.internal'
  const error = 'could not invoke verify-tourbillon-abc-probe: CredentialsProviderError'
  const text = reportOf([{ ...finding, why, error }], about)
  expect(text).toContain('Why unknown: could not invoke NAME: CredentialsProviderError\n')
  for (const it of ['acme', 'jo', 'vpce']) expect(text).not.toContain(it)
})

it('strikes out an account number within a name, as profiles have it', () => {
  const text = reportOf([{ ...finding, why: 'profile 123456789012_Admin' }], about)
  expect(text).not.toContain('123456789012')
})
