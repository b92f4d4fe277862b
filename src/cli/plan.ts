import { consumersText } from '../model/consumers.ts'
import { exceptionText } from '../model/exception.ts'
import { oneLine } from '../model/text.ts'
import { type ByHand, exceptionsToCome, leavingOf, type Plan, planOf } from '../operate/plan.ts'
import { type Leaving, leavingText } from '../rotation/leaving.ts'
import type { Planned } from '../schedules/plan.ts'
import { paint } from './colors.ts'
import { type Command, jsonText, type Terminal } from './command.ts'
import { validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'what a deploy would change in the live schedules, and what was changed by hand',
  help: `Usage: aws-tourbillon plan --stage NAME [--exit-code] [--json]

Compares the config with the schedules as they stand in EventBridge Scheduler.

  + create      - delete      ~ update, field by field      ? foreign: not ours, left alone
  "drift" marks a difference that no deploy explains: the deployed config is this very one.
  ! names a rotation under way whose secret the config no longer has: a deploy takes its rights.
  What people have skipped or moved is told, too; a deploy changes nothing of it.

  --exit-code   exit 1 where anything differs, or a rotation under way would lose its rights
  --json        { "stage", "group", "version", "liveVersions", "different", "create", "update",
                  "delete", "unchanged", "foreign", "drift", "leaving": { "rotations", "unknown" },
                  "exceptions" }

Exit status: 0; 1 with --exit-code as above, or the config is invalid; 2 the schedules could not be read.
Example: npx aws-tourbillon plan --stage prod
`,
  options: { 'exit-code': { type: 'boolean' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    const found = await planOf(config, terminal.now(), { progress: openProgress(terminal) })
    const [leaving, byHand] = [await leavingOf(config), await exceptionsToCome(config, terminal.now())]
    const usedBy = new Map(
      config.schedules.map(({ name, consumers = [] }) => [
        name,
        consumers.length === 0 ? [] : [`    used by ${consumersText(consumers)}`],
      ]),
    )
    const all = { ...found, stage: config.stage, leaving, usedBy, byHand: byHand.found }
    terminal.out(args.values.json ? asJson(all) : asText(all, terminal))
    if (leaving.unknown !== undefined)
      terminal.err(`could not look for rotations under way: ${leaving.unknown}\n`)
    if (byHand.unknown !== undefined)
      terminal.err(`could not look for what is skipped or moved: ${byHand.unknown}\n`)
    return (isDifferent(found) || leaving.rotations.length > 0) && args.values['exit-code'] ? 1 : 0
  },
}

/** `usedBy`: a line about who uses a schedule's secrets, by its name. */
type All = Plan & { stage: string; leaving: Leaving; usedBy: Map<string, string[]>; byHand: ByHand[] }

function asJson({
  stage,
  group,
  configVersion,
  liveVersions,
  planned,
  leaving: { rotations, unknown },
  byHand,
}: All): string {
  const named = (kind: Planned['kind']) => planned.filter((it) => it.kind === kind).map(({ name }) => name)
  return jsonText({
    ...{ stage, group, version: configVersion, liveVersions },
    different: isDifferent({ planned }),
    create: named('create'),
    update: planned.flatMap((it) => (it.kind === 'update' ? [{ name: it.name, fields: it.fields }] : [])),
    delete: named('delete'),
    unchanged: named('unchanged'),
    foreign: named('foreign'),
    drift: planned.filter(isDrift).map(({ name }) => name),
    leaving: {
      rotations: rotations.map(({ rotationId, secretName, schedule, scheduledAt, status }) => ({
        ...{ rotationId, secretName, schedule, scheduledAt, status },
      })),
      unknown: unknown ?? null,
    },
    exceptions: byHand.map(({ exception, problem = null }) => ({ ...exception, problem })),
  })
}

const MARKS: Record<Planned['kind'], { mark: string; color: number }> = {
  create: { mark: '+', color: 32 },
  update: { mark: '~', color: 33 },
  delete: { mark: '-', color: 31 },
  foreign: { mark: '?', color: 35 },
  unchanged: { mark: ' ', color: 0 },
}

function asText({ planned, leaving, usedBy, byHand, ...all }: All, terminal: Terminal): string {
  const lines = planned.flatMap((it) => {
    if (it.kind === 'unchanged') return []
    const { mark, color } = MARKS[it.kind]
    const head = paint(color, `${mark} ${it.name}`, terminal) + (isDrift(it) ? '   drift' : '')
    if (it.kind === 'foreign') return [`${head}   not made by Tourbillon: left alone`]
    const users = it.kind === 'delete' ? [] : (usedBy.get(it.name) ?? [])
    if (it.kind !== 'update') return [head, ...users]
    return [
      head,
      ...users,
      ...it.fields.map((change) => `    ${change.field}: ${change.live} → ${change.desired}`),
    ]
  })
  lines.push(...leaving.rotations.map((it) => `${paint(31, '!', terminal)} ${leavingText(it)}`))
  for (const { exception, problem } of byHand) {
    const { id, schedule, scheduledAt } = exception
    const why = problem === undefined ? '' : paint(33, `; ${problem}`, terminal)
    lines.push(oneLine(`  ${schedule} of ${scheduledAt} is ${exceptionText(exception)} (${id})`) + why)
  }
  return [...lines, ...(lines.length > 0 ? [''] : []), summary({ ...all, planned }), ''].join('\n')
}

function summary({
  stage,
  configVersion,
  liveVersions,
  planned,
}: Omit<All, 'leaving' | 'usedBy' | 'byHand'>): string {
  const count = (kind: Planned['kind']) => planned.filter((it) => it.kind === kind).length
  const foreign = count('foreign') > 0 ? `, ${count('foreign')} foreign` : ''
  const deployed = liveVersions.length === 0 ? 'nothing deployed' : `deployed: ${liveVersions.join(', ')}`
  return (
    `${stage}: ${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete, ` +
    `${count('unchanged')} unchanged${foreign} (config ${configVersion}; ${deployed})`
  )
}

function isDifferent({ planned }: Pick<Plan, 'planned'>): boolean {
  return planned.some(({ kind }) => kind !== 'unchanged')
}

function isDrift(planned: Planned): boolean {
  return 'drift' in planned && planned.drift
}
