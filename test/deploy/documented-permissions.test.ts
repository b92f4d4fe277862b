import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import {
  COMMANDS,
  COMMANDS_BESIDE,
  documentsWithPermissions,
} from '../../src/deploy/documented-permissions.ts'

it.each(documentsWithPermissions())(
  '$file has the permissions of the calls: npm run schema',
  ({ file, text }) => {
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)

it('a permission that changes shows', () => {
  const stale = (file: string) => readFileSync(file, 'utf8').replaceAll('secretsmanager:', 'sm:')
  const [member] = documentsWithPermissions(stale)
  expect(member?.text).toMatch(/Action: \[secretsmanager:RotateSecret, /)
})

it('of each command it is known what it asks AWS for', () => {
  const written = COMMANDS.flatMap(([names]) => names.split(', ')).filter((name) => !name.includes(' --'))
  expect([...written, ...COMMANDS_BESIDE].sort()).toEqual(commands.map(({ name }) => name).sort())
})
