import { stringify } from 'yaml'
import { capital } from '../model/text.ts'
import { DEFAULTS } from './config.ts'
import { writeDuration } from './duration.ts'

/** What of JSON Schema the config's is made of. */
type Node = {
  $ref?: string
  $defs?: Record<string, Node>
  description?: string
  examples?: unknown[]
  default?: unknown
  const?: unknown
  minimum?: number
  maximum?: number
  properties?: Record<string, Node>
  required?: string[]
  items?: Node
  anyOf?: Node[]
  additionalProperties?: Node | false
}

/** What holds where nothing is said, and the schema itself does not know. */
const OTHERWISE: Record<string, string> = {
  'schedules window': writeDuration(DEFAULTS.windowSeconds),
  'schedules timeout': writeDuration(DEFAULTS.timeoutSeconds),
  'schedules retries': '0',
  'schedules precision': DEFAULTS.precision,
  'schedules concurrency': `${DEFAULTS.concurrency}`,
  'schedules onMissed': 'run',
  'schedules strategy': 'single',
  'before timeout': writeDuration(DEFAULTS.hookTimeoutSeconds),
}

/** docs/config.md: every key of the config, what it is, its default and an example. `schema`: as editors have it. */
export function configReference(schema: object): string {
  const root = schema as Node
  const sections = sectionsOf(root)
  const titles = new Map(sections.map(({ title, node }) => [JSON.stringify(node), title]))
  const settings = Object.keys(root.properties?.defaults?.properties ?? {})
  return [
    '# The config, key by key',
    '`config/STAGE.yml`, one file a stage. Durations are `45s`, `30m`, `1h30m`, `2d`. An editor that knows the YAML language server has all of this while you type, by the file’s first line: `# yaml-language-server: $schema=../node_modules/aws-tourbillon/config/schema.json`. `npx aws-tourbillon validate --stage STAGE` says what is wrong, with line and column, and what to write instead. This page is made of the schema: `npm run schema`.',
    ...sections.map(({ title, node }) => {
      const more = title === 'schedules' ? settings : []
      const keys = Object.entries(node.properties ?? {}).filter(([key]) => !more.includes(key))
      return [
        `## ${title}`,
        capital(`${linked(node.description ?? '')}.`),
        ...(title === 'schedules'
          ? [`Beside these keys a schedule may have each of [defaults](#defaults).`]
          : []),
        [
          '| key | what it is | default | example |',
          '| --- | --- | --- | --- |',
          ...keys.map(([key, it]) => rowOf(key, it, { title, node, root, titles })),
        ].join('\n'),
      ].join('\n\n')
    }),
  ]
    .join('\n\n')
    .concat('\n')
}

type Section = { title: string; node: Node }

/** Each map of the config once, by the key that leads to it; those of one shape, such as hooks, by the first. */
function sectionsOf(root: Node): Section[] {
  const sections: Section[] = [{ title: 'The file', node: root }]
  const seen = new Set<string>()
  for (const { node } of sections) {
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      const inner = mapIn(value)
      const shape = JSON.stringify(inner)
      if (inner === undefined || seen.has(shape)) continue
      seen.add(shape)
      sections.push({ title: key, node: inner })
    }
  }
  return sections
}

/** The map that a value is, or is a list, a map or a choice of. */
function mapIn(node: Node): Node | undefined {
  if (node.properties) return node
  if (node.items) return mapIn(node.items)
  if (node.anyOf) return node.anyOf.map(mapIn).find((it) => it !== undefined)
  return node.additionalProperties ? mapIn(node.additionalProperties) : undefined
}

function rowOf(
  key: string,
  given: Node,
  { title, node, root, titles }: Section & { root: Node; titles: Map<string, string> },
): string {
  const named = given.$ref === undefined ? given : root.$defs?.[given.$ref.split('/').at(-1) ?? '']
  const it = { ...named, ...given }
  const range = it.minimum === undefined ? '' : `, ${it.minimum} to ${it.maximum}`
  const [example] = it.examples ?? (it.const === undefined ? [] : [it.const])
  const section = titles.get(JSON.stringify(mapIn(given)))
  const link = section === undefined ? code(key) : `[${code(key)}](#${section.toLowerCase()})`
  const needed = node.required?.includes(key) && it.default === undefined
  const otherwise = OTHERWISE[`${title === 'defaults' ? 'schedules' : title} ${key}`] ?? shown(it.default)
  const cells = [
    link,
    `${linked(it.description ?? '')}${range}`,
    needed ? '*needed*' : otherwise === '' ? '' : code(otherwise),
    example === undefined ? '' : code(`${key}: ${shown(example)}`),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** What hints call a page where a user of the package has it is a neighbour here. */
function linked(text: string): string {
  return text.replaceAll(/node_modules\/aws-tourbillon\/docs\/([\w-]+\.md)/g, '[$1]($1)')
}

/** Empty lists and maps go without saying. */
function shown(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)) return ''
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trim()
}

function code(text: string): string {
  return `\`${text}\``
}
