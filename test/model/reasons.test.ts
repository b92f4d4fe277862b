import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { isIntended, REASONS } from '../../src/model/reasons.ts'

const PAGE = new URL('../../docs/outcomes.md', import.meta.url)

/** Beside the page, and not where a user of the package has it. */
const here = (remedy: string) => remedy.replaceAll('node_modules/aws-tourbillon/', '')

function told({ status, toldAs }: { status: string; toldAs?: string }): string {
  if (status === 'MISSED') return '`missed`'
  return `\`${toldAs ?? 'failure'}\``
}

function table(): string {
  const rows = Object.entries(REASONS).map(
    ([code, { status, meaning, remedy, ...rest }]) =>
      `| \`${code}\` | \`${status}\` | ${told({ status, ...rest })} | ${meaning} | ${here(remedy)} |`,
  )
  const header = '| reason | status | told as | meaning | what to do |\n| --- | --- | --- | --- | --- |'
  return [header, ...rows].join('\n')
}

it('docs/outcomes.md has the one table of reasons (npm run schema writes it)', async () => {
  const page = await readFile(PAGE, 'utf8')
  const fresh = page.replace(/(<!-- reasons -->\n)[\s\S]*?(<!-- \/reasons -->)/, `$1${table()}\n$2`)
  if (process.env.UPDATE) await writeFile(PAGE, fresh)
  else expect(page).toBe(fresh)
})

it.each([
  ['SKIPPED', 'FROZEN', true],
  ['SKIPPED', 'WINDOW_CLOSED', false],
  ['SKIPPED', 'OF_ANOTHER_RELEASE', false],
  ['SKIPPED', undefined, false],
  ['FAILED', 'FROZEN', false],
])('%s %s: left out by somebody’s will is %s', (status, reason, intended) => {
  expect(isIntended({ status, reason })).toBe(intended)
})
