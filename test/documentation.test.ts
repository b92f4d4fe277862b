import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { roles } from '../src/deploy/roles.ts'
import { configOf } from './report/quarter.ts'

const ROOT = join(import.meta.dirname, '..')
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter(
    (file) => file !== '' && !file.startsWith('test/versions/previous/') && existsSync(join(ROOT, file)),
  )
const documents = tracked.filter((file) => file.endsWith('.md'))
const decisions = documents.filter((file) => /^docs\/decisions\/\d{4}-/.test(file))

const COMMENT = /\/\*[\s\S]*?\*\/|(?<![\w:'"`/])\/\/.*/g

const read = (file: string) => readFile(join(ROOT, file), 'utf8')

/** As GitHub makes them of headings. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** What of a document must not be there: every place, with the file. */
async function findIn(files: string[], problemsOf: (text: string, file: string) => string[]) {
  const found = await Promise.all(
    files.map(async (file) => problemsOf(await read(file), file).map((it) => `${file}: ${it}`)),
  )
  return found.flat()
}

it('every link of a document leads somewhere', async () => {
  const texts = new Map(await Promise.all(documents.map(async (file) => [file, await read(file)] as const)))
  const broken = await findIn(documents, (text, file) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return []
      const [path, anchor] = link.split('#')
      const target = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path ?? ''))
      if (!existsSync(join(ROOT, target))) return [link]
      const known = anchorsIn(texts.get(target) ?? '')
      return anchor === undefined || known.includes(anchor) ? [] : [link]
    }),
  )
  expect(broken).toEqual([])
})

it('every page of the docs is linked from README', async () => {
  const readme = await read('README.md')
  const pages = documents.filter((file) => /^docs\/[^/]+\.md$/.test(file))
  expect(pages.filter((file) => !readme.includes(`](${file})`))).toEqual([])
})

it('every path that a document names is there', async () => {
  // A decision tells of its day; a changelog of what was.
  const current = documents.filter((file) => !decisions.includes(file) && file !== 'CHANGELOG.md')
  const names = new Set(tracked.map((file) => basename(file)))
  const gone = await findIn(current, (text) => [
    ...[...text.matchAll(/`((?:\.ci|bench|config|docs|handlers|src|test)\/[\w./-]+)`/g)].flatMap(
      ([, path = '']) => (existsSync(join(ROOT, path)) || /config\/[\w-]+\.yml$/.test(path) ? [] : [path]),
    ),
    ...[...text.matchAll(/`([\w-]+\.tsx?)`/g)].flatMap(([, name = '']) => (names.has(name) ? [] : [name])),
  ])
  expect(gone).toEqual([])
})

it('every document and decision that code names is there', async () => {
  const sources = tracked.filter((file) => /^(src|handlers|test|bench)\/.*\.tsx?$/.test(file))
  const numbers = new Set(decisions.map((file) => basename(file).slice(0, 4)))
  const gone = await findIn(sources, (text) => [
    ...[...text.matchAll(/\b[Dd]ecisions? (\d{4})\b/g)].flatMap(([, number = '']) =>
      numbers.has(number) ? [] : [`decision ${number}`],
    ),
    ...[...text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)].flatMap(([path]) =>
      existsSync(join(ROOT, path)) ? [] : [path],
    ),
  ])
  expect(gone).toEqual([])
})

it('a page is named where a user of the package has it, in whatever is printed or sent', async () => {
  const sources = tracked.filter((file) => /^(src|handlers)\/(?!local|demo).*\.tsx?$/.test(file))
  const wrong = await findIn(sources, (text) =>
    [
      ...text
        .replaceAll(COMMENT, '')
        .matchAll(/(?<!node_modules\/aws-tourbillon\/)\bdocs\/[\w-]+\.(?:md|yml)\b(?!'[,;)])/g),
    ].map(([page]) => page),
  )
  expect(wrong).toEqual([])
})

it('every name that a comment has in backticks is one that the code has', async () => {
  const sources = tracked.filter((file) =>
    /^(src|handlers|test|bench)\/.*\.tsx?$|^serverless\.yml$/.test(file),
  )
  const texts = await Promise.all(sources.map(read))
  const names = new Set(texts.flatMap((text) => text.replaceAll(COMMENT, '').match(/\w+/g) ?? []))
  const gone = await findIn(sources, (text) =>
    (text.match(COMMENT) ?? []).flatMap((words) =>
      [...words.matchAll(/`([a-z]+[A-Z]\w*)(?:\(\))?`/g)].flatMap(([, name = '']) =>
        names.has(name) ? [] : [name],
      ),
    ),
  )
  expect(gone).toEqual([])
})

/** What some roles are made for only. */
const WITH_ALL_ROLES = {
  consumers: [{ kind: 'ecs', name: 'shop/orders' } as const],
  adoption: { withinSeconds: 3_600 },
}

it('SECURITY.md says of every role of the stack what it could do', async () => {
  const settings = { rotationFunctions: [], alertEmails: [], disposable: false }
  const config = configOf('prod')
  const schedules = config.schedules.map((one) => ({ ...one, ...WITH_ALL_ROLES }))
  const named = (await read('SECURITY.md')).matchAll(/^\| `(\w+Role)`/gm)
  const there = Object.entries(roles({ ...config, schedules }, settings)).filter(
    ([, it]) => it.Type === 'AWS::IAM::Role',
  )
  expect([...named].map(([, name]) => name).toSorted()).toEqual(there.map(([name]) => name).toSorted())
})

it('the list of decisions has each of them once, by its title and status', async () => {
  const index = await read('docs/decisions/README.md')
  const lines = [...index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \| (.+) \|$/gm)]
  const listed = lines.map(([, number, file, title, status = '']) => [
    ...[number, file, title],
    status.replaceAll(/\[(\d{4})\]\([^)]+\)/g, '$1').replace(/^note$/, 'accepted'),
  ])
  const there = await Promise.all(
    decisions.map(async (file) => {
      const text = await read(file)
      const [, number, title] = /^# (\d{4}) (.*)\n\n\d{4}-\d\d-\d\d\b/.exec(text) ?? []
      const [, status = 'accepted'] = /\b(Superseded (?:in part )?by \d{4}(?:, \d{4})*)/.exec(text) ?? []
      return [number, basename(file), title, status.replace('Superseded', 'superseded')]
    }),
  )
  const byNumber = (a: unknown[], b: unknown[]) => (`${a[0]}` < `${b[0]}` ? -1 : 1)
  expect(listed.toSorted(byNumber)).toEqual(there.toSorted(byNumber))
})

it('a decision that is superseded, and the one that does it, name each other', async () => {
  const texts = new Map(
    await Promise.all(decisions.map(async (file) => [basename(file).slice(0, 4), await read(file)] as const)),
  )
  const oneSided = [...texts].flatMap(([number, text]) => {
    const [, by] = /\bSuperseded (?:in part )?by (\d{4})/.exec(text) ?? []
    return by === undefined || texts.get(by)?.includes(number) ? [] : [`${by} does not name ${number}`]
  })
  expect(oneSided).toEqual([])
})
