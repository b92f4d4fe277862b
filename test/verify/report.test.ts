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
const digits = fc.stringMatching(/^[0-9]{12}$/)
const name = fc.stringMatching(/^[a-z0-9]{9}$/)

it('says nothing of the account that was measured, whatever an error brought along', () => {
  fc.assert(
    fc.property(digits, name, fc.uuid(), (account, id, uuid) => {
      const own = `verify-tourbillon-${id}-seen`
      const why = `User: arn:aws:sts::${account}:assumed-role/Admin/me@example.com may not invoke ${own} (${account}), request ${uuid}`
      const text = reportOf(
        [
          {
            ...{ name: 'version-id', expected: 'yes', use: 'use', verdict: 'UNKNOWN', message: why, why },
            seen: { isToken: true, at: own, id: uuid },
          } as Parameters<typeof reportOf>[0][number],
        ],
        about,
      )
      for (const it of [account, id, uuid, 'Admin', 'me@example.com']) expect(text).not.toContain(it)
      expect(text).toContain('version-id: UNKNOWN')
    }),
  )
})
