import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { argumentsOf } from '../src/cli/arguments.ts'
import { commands } from '../src/cli/commands.ts'
import { parseConfig } from '../src/config/load.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = ['README.md', 'SECURITY.md', ...globSync('docs/*.md', { cwd: ROOT })]
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** What a page has to be typed: in a block for a shell, or between backticks. */
const typed = (text: string) =>
  [...text.matchAll(/^ *(?:\$ )?(npx aws-tourbillon [^\n]+)$|`(npx aws-tourbillon [^`\n]+)`/gm)]
    .map(([, line, span]) => (line ?? span ?? '').replace(/ (?:>|\||&&) .*/, ''))
    .filter((command) => !command.includes('…'))

/** The words that a shell makes of it. */
function words(command: string): string[] {
  const script = `npx() { printf '%s\\0' "$@"; }\n${command}\n`
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  if (stderr !== '') throw new Error(stderr)
  return stdout.split('\0').slice(0, -1)
}

async function problemWith(command: string): Promise<string[]> {
  try {
    const [, name = '', ...rest] = words(command)
    if (name.startsWith('--')) return []
    const listed = commands.find((each) => each.name === name)
    if (!listed) return [`${command}: no such command`]
    argumentsOf(await listed.load(), rest)
    return []
  } catch (error) {
    return [`${command}: ${error}`]
  }
}

it('every command that a page tells to type is one, with options that it has', async () => {
  const all = pages.flatMap((page) => typed(read(page)))
  expect(all.length).toBeGreaterThan(80)
  expect((await Promise.all(all.map(problemWith))).flat()).toEqual([])
  expect(await problemWith('npx aws-tourbillon status --stge prod')).toHaveLength(1)
})

it('every whole config that a page shows is valid', () => {
  const whole = pages.flatMap((page) =>
    [...read(page).matchAll(/```yaml\n(# yaml-language-server[\s\S]*?)```/g)].map(([, text = '']) => text),
  )
  expect(whole.length).toBeGreaterThan(0)
  for (const text of whole) expect(parseConfig('config/prod.yml', text)).toMatchObject({ ok: true })
})

it('the templates for a rotation function rotate nothing by themselves, and have a name that a stage may invoke', () => {
  const customTags = ['!Ref', '!Sub'].map((tag) => ({ tag, resolve: (text: string) => text }))
  const { Resources } = parse(read('docs/rotation-function.yml'), { customTags, logLevel: 'silent' })
  const { RotationRules, RotateImmediatelyOnUpdate, HostedRotationLambda } = Resources.Rotation.Properties
  expect([RotationRules, RotateImmediatelyOnUpdate]).toEqual([undefined, false])
  expect(HostedRotationLambda.RotationLambdaName).toMatch(/^SecretsManager/)
})
