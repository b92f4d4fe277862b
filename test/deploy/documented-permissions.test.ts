import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { documentsWithPermissions } from '../../src/deploy/documented-permissions.ts'
import { NEEDS } from '../../src/deploy/permissions/commands.ts'

import { DEEP } from '../deep.ts'

/** They ask AWS for nothing, or for what needs no permission; the console does what commands do. */
const WITHOUT = ['validate', 'explain', 'diff', 'init', 'permissions', 'console']

let documents: { file: string; text: string }[]
beforeAll(async () => {
  documents = await documentsWithPermissions()
})

it('documents have the permissions of the calls, and the endpoints of the clients: npm run schema', () => {
  expect(documents).toHaveLength(5)
  for (const { file, text } of documents) expect(readFileSync(file, 'utf8'), file).toBe(text)
})

it.runIf(DEEP)('a permission, or an endpoint, that changes shows', async () => {
  const stale = (file: string) =>
    readFileSync(file, 'utf8').replaceAll('secretsmanager:', 'sm:').replaceAll('- `events`\n', '')
  const mended = await documentsWithPermissions(stale)
  const text = (name: string) => mended.find(({ file }) => file.endsWith(name))?.text
  expect(text('member-role.yml')).toMatch(/Action: \[secretsmanager:RotateSecret, /)
  expect(text('deploy.md')).toMatch(/- `events`\n/)
})

it('of each command it is known what it asks AWS for', () => {
  const written = Object.keys(NEEDS).filter((name) => !name.includes(' --'))
  expect([...written, ...WITHOUT].sort()).toEqual(commands.map(({ name }) => name).sort())
})
