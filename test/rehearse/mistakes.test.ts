import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { REHEARSED } from '../../src/config/warnings/names.ts'
import { outlookOf } from '../../src/config/warnings/warnings.ts'
import { firstConfig } from '../../src/init/config-text.ts'
import { DAY } from '../../src/model/time.ts'
import { FOUND } from '../../src/rehearse/found.ts'
import { rehearse } from '../../src/rehearse/rehearse.ts'
import { NOTHING_KNOWN, rehearseStage } from '../../src/rehearse/stage.ts'
import { FRESH } from './fresh-mistakes.ts'
import { MISTAKES, type Mistake } from './mistakes.ts'

const FROM = Date.parse('2026-11-28T00:00:00Z')

type Planted = Pick<Mistake, 'config' | 'days' | 'tookMs'> & { faults?: 'none' | 'usual' }

/** The names of what each of the two says. */
async function told({ config: text, faults = 'none', days = 365, tookMs }: Planted) {
  const loaded = parseConfig('config/prod.yml', text)
  if (!loaded.ok) return { validate: ['error'], rehearse: [] }
  const { config } = loaded
  const { findings } = await rehearseStage(
    {
      config,
      from: FROM,
      to: FROM + days * DAY,
      seed: 1,
      faults,
      known: NOTHING_KNOWN,
      assumedMs: tookMs,
      brief: true,
    },
    rehearse,
  )
  return {
    validate: [...new Set(outlookOf(config, FROM).warnings.map(({ name }) => name))],
    rehearse: [...new Set(findings.map(({ name }) => name))],
  }
}

describe('mistakes that people make, planted one by one', () => {
  it.each(MISTAKES)('$name', async ({ validate, rehearse: found, ...planted }) => {
    expect(await told(planted)).toEqual({
      validate: validate === null ? [] : [validate],
      rehearse: found === null ? [] : [found],
    })
  })

  const first = REHEARSED.flatMap((name) => MISTAKES.find((it) => it.rehearse === name) ?? [])
  it.each(first)(
    '$rehearse is acknowledged by that name: $name',
    async ({ config, rehearse: name, ...planted }) => {
      const known = `defaults: { acknowledge: [{ warning: ${name}, reason: meant }],`
      expect((await told({ ...planted, config: config.replace('defaults: {', known) })).rehearse).toEqual([])
    },
  )

  it('docs/rehearse.md counts who finds what', () => {
    const page = readFileSync('docs/rehearse.md', 'utf8')
    const count = (is: (it: Mistake) => boolean) => MISTAKES.filter(is).length
    for (const { name, validate, rehearse: found } of MISTAKES) {
      const [row = ''] = page.split('\n').filter((line) => line.startsWith(`| ${name} |`))
      expect(
        row
          .split('|')
          .slice(2, 4)
          .map((cell) => /[a-z-]+/.exec(cell)?.[0] ?? null),
      ).toEqual([validate, found])
    }
    expect(page).toContain(
      `Of ${MISTAKES.length} mistakes that we planted, \`validate\` tells ${count(({ validate }) => validate !== null)}, \`rehearse\` ${count((it) => it.rehearse !== null)}: ${count((it) => it.rehearse !== null && it.validate === null)} that \`validate\` does not tell. Neither tells ${count((it) => it.rehearse === null && it.validate === null)}.`,
    )
  })
})

describe('mistakes that a fresh reader planted', () => {
  it.each(FRESH)('$name', async ({ config, ...finds }) => {
    const { validate, rehearse: found } = await told({ config })
    const one = (names: string[], mine: string | null) =>
      mine === null ? names : names.filter((it) => it === mine)
    expect([one(validate, finds.validate), one(found, finds.rehearse)]).toEqual([
      finds.validate === null ? [] : [finds.validate],
      finds.rehearse === null ? [] : [finds.rehearse],
    ])
  })

  it('docs/rehearse.md counts them', () => {
    const count = (is: (it: (typeof FRESH)[number]) => boolean) => FRESH.filter(is).length
    expect(readFileSync('docs/rehearse.md', 'utf8')).toContain(
      `Now \`validate\` tells ${count((it) => it.validate !== null)}, \`rehearse\` ${count((it) => it.rehearse !== null)}, ${count((it) => it.rehearse !== null && it.validate === null)} of them alone, and neither ${count((it) => it.rehearse === null && it.validate === null)}.`,
    )
  })
})

const CLEAN = ['config/dev.yml', 'config/prod.yml', 'config/local.yml']

it.each([
  ...CLEAN.map((file) => [file, readFileSync(file, 'utf8')]),
  ['init', firstConfig({ stage: 'prod', timezone: 'Europe/Berlin' })],
])('finds nothing in %s', async (_, text = '') => {
  expect((await told({ config: text })).rehearse).toEqual([])
})

it('docs/rehearse.md has every finding', () => {
  const page = readFileSync('docs/rehearse.md', 'utf8')
  expect(FOUND.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
