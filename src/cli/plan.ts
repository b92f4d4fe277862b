import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { readSchedules } from '../aws/schedules.ts'
import { settingsFor } from '../aws/settings.ts'
import { withAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { namesOf } from '../model/resource-names.ts'
import { type Leaving, leavingText, readLeaving } from '../rotation/leaving.ts'
import { ledgerIn } from '../runtime/open-ports.ts'
import { desiredSchedules, versionIn } from '../schedules/desired.ts'
import { deadLetterQueueName } from '../schedules/names.ts'
import { type LiveSchedule, type Planned, plan as planSchedules } from '../schedules/plan.ts'
import type { Command, Terminal } from './command.ts'
import { validConfig } from './load-config.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'what a deploy would change in the live schedules, and what was changed by hand',
  help: `Usage: tourbillon plan --stage NAME [--exit-code] [--json]

Compares the config with the schedules as they stand in EventBridge Scheduler.

  + create      - delete      ~ update, field by field      ? foreign: not ours, left alone
  "drift" marks a difference that no deploy explains: the deployed config is this very one.
  ! names a rotation under way whose secret the config no longer has: a deploy takes its rights.

  --exit-code   exit 1 where anything differs, or a rotation under way would lose its rights
  --json        { "stage", "group", "version", "liveVersions", "different", "create", "update",
                  "delete", "unchanged", "foreign", "drift", "leaving": { "rotations", "unknown" } }

Exit status: 0; 1 with --exit-code as above, or the config is invalid; 2 the schedules could not be read.
Example: npx tourbillon plan --stage prod
`,
  options: { 'exit-code': { type: 'boolean' } },
  async run(args, terminal) {
    const config = await validConfig(args, terminal)
    if (!config) return 1
    const { live, planned } = await planOf(config, terminal.now(), { progress: progressOn(terminal) })
    const leaving = await readLeaving(config, ledgerIn(namesOf(config.stage).ledgerTable))
    const all = { config, live, planned, leaving }
    terminal.out(args.values.json ? asJson(all) : asText(all, terminal))
    if (leaving.unknown !== undefined)
      terminal.err(`could not look for rotations under way: ${leaving.unknown}\n`)
    const different = planned.some(({ kind }) => kind !== 'unchanged') || leaving.rotations.length > 0
    return different && args.values['exit-code'] ? 1 : 0
  },
}

/** The live schedules, and what a deploy at `now` (epoch ms) would do to them. Throws CannotDo. */
export async function planOf(
  config: Config,
  now: number,
  { progress, ...limits }: { progress?: (read: number, all: number) => void; giveUpMs?: number } = {},
): Promise<{ live: LiveSchedule[]; planned: Planned[] }> {
  const { scheduleGroup, rotateAlias } = namesOf(config.stage)
  const live = await withAws(
    'read the live schedules',
    () => readSchedules(new SchedulerClient({ ...settingsFor('repeatable') }), scheduleGroup, progress),
    limits,
  )
  const planned = planSchedules({
    desired: desiredSchedules(config),
    live,
    version: config.version,
    destination: { target: rotateAlias, deadLetterQueue: deadLetterQueueName(config.stage) },
    now,
  })
  return { live, planned }
}

/** On a terminal, and only where there is something to wait for. */
function progressOn({ isTTY, err }: Terminal): (read: number, all: number) => void {
  if (!isTTY) return () => {}
  return (read, all) => {
    if (all < 50) return
    err(read === all ? '\r\u001b[K' : `\rreading schedules ${read}/${all}`)
  }
}

type All = { config: Config; live: LiveSchedule[]; planned: Planned[]; leaving: Leaving }

function asJson({ config, live, planned, leaving: { rotations, unknown } }: All): string {
  const named = (kind: Planned['kind']) => planned.filter((it) => it.kind === kind).map(({ name }) => name)
  const answer = {
    stage: config.stage,
    group: namesOf(config.stage).scheduleGroup,
    version: config.version,
    liveVersions: versionsOf(live),
    different: planned.some(({ kind }) => kind !== 'unchanged'),
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
  }
  return `${JSON.stringify(answer, null, 2)}\n`
}

const MARKS: Record<Planned['kind'], { mark: string; color: number }> = {
  create: { mark: '+', color: 32 },
  update: { mark: '~', color: 33 },
  delete: { mark: '-', color: 31 },
  foreign: { mark: '?', color: 35 },
  unchanged: { mark: ' ', color: 0 },
}

function asText({ config, live, planned, leaving }: All, { color }: Terminal): string {
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = planned.flatMap((it) => {
    if (it.kind === 'unchanged') return []
    const { mark, color: code } = MARKS[it.kind]
    const head = paint(code, `${mark} ${it.name}`) + (isDrift(it) ? '   drift' : '')
    if (it.kind === 'foreign') return [`${head}   not made by Tourbillon: left alone`]
    if (it.kind !== 'update') return [head]
    return [head, ...it.fields.map((change) => `    ${change.field}: ${change.live} → ${change.desired}`)]
  })
  lines.push(...leaving.rotations.map((it) => `${paint(31, '!')} ${leavingText(it)}`))
  return [...lines, ...(lines.length > 0 ? [''] : []), summary(config, live, planned), ''].join('\n')
}

function summary({ stage, version }: Config, live: LiveSchedule[], planned: Planned[]): string {
  const count = (kind: Planned['kind']) => planned.filter((it) => it.kind === kind).length
  const foreign = count('foreign') > 0 ? `, ${count('foreign')} foreign` : ''
  const versions = versionsOf(live)
  const deployed = versions.length === 0 ? 'nothing deployed' : `deployed: ${versions.join(', ')}`
  return (
    `${stage}: ${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete, ` +
    `${count('unchanged')} unchanged${foreign} (config ${version}; ${deployed})`
  )
}

/** Config versions that live schedules carry. */
export function versionsOf(live: LiveSchedule[]): string[] {
  const versions = live.map(({ description }) => versionIn(description)).filter((it) => it !== undefined)
  return [...new Set(versions)].sort()
}

function isDrift(planned: Planned): boolean {
  return 'drift' in planned && planned.drift
}
