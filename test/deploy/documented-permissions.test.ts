import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { documentsWithPermissions } from '../../src/deploy/documented-permissions.ts'

it.each(documentsWithPermissions())(
  '$file has the permissions of the calls: npm run schema',
  ({ file, text }) => {
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)

it('a permission that changes shows', () => {
  const stale = (file: string) => readFileSync(file, 'utf8').replaceAll('secretsmanager:', 'sm:')
  const [member] = documentsWithPermissions(stale)
  expect(member?.text).toContain('Action: [secretsmanager:RotateSecret, ')
})
