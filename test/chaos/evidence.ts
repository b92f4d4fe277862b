import type { Violation } from './happened.ts'
import type { Played } from './play.ts'

/** Everything that touched the rotations whose promises were broken, in order of time. */
export function evidence(played: Played, violations: Violation[]): string {
  return violations.map((violation) => timeline(played, violation)).join('\n')
}

function timeline(played: Played, { kind, secret, rotationId, what }: Violation): string {
  const { happened, events, passed, kills, deeds, audits } = played
  const rotation = happened.rotations.find((it) => it.rotationId === rotationId)
  const { events: transitions = [], ...record } = rotation ?? {}
  const about = [
    rotation?.scheduledAt,
    rotation?.startedAt,
    ...transitions.map((it) => it.at),
    ...happened.effects
      .filter(({ token }) => token === rotationId)
      .map(({ at }) => new Date(at).toISOString()),
  ].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]))
  const [from, to] = [Math.min(...about) - 60_000, Math.max(...about) + 60_000]
  const own = (id: string) => (id === rotationId ? 'OURS' : id)
  const lines: Line[] = [
    ...events
      .filter(({ secretName }) => secretName === secret)
      .map(
        (it): Line => [
          it.at,
          `AWS ${it.type} ${own(it.versionId)} ${it.label ?? ''} ${it.errorMessage ?? ''}`,
        ],
      ),
    ...passed
      .filter(({ body }) => body.includes(rotationId) || body.includes(`"${secret}"`))
      .map((it): Line => [it.at, `  ${it.caller} ${it.action} ${it.harm ?? ''}`]),
    ...happened.rotations
      .filter((it) => it.secretName === secret)
      .flatMap((it) =>
        it.events.map(
          (event): Line => [
            Date.parse(event.at),
            `ledger ${own(it.rotationId)} ${event.status} ${event.reason ?? ''} ${event.message ?? ''}`,
          ],
        ),
      ),
    ...kills.map((it): Line => [it.at, `    kill of ${it.invocations} invocations`]),
    ...deeds.commands
      .filter(
        ({ args }) =>
          args.includes(secret) || args.includes('--all') || args.includes(rotation?.schedule ?? ''),
      )
      .map((it): Line => [it.at, `    ${it.args.join(' ')} → ${it.code} in ${it.ms} ms: ${it.said}`]),
    ...audits.map((it): Line => [it.at, `    audit: ${counted(it.said)}`]),
  ]
  const shown = lines
    .filter(([at]) => at > from && at < to)
    .sort((a, b) => a[0] - b[0])
    .map(([at, text]) => `  ${new Date(at).toISOString().slice(11, 23)}  ${text}`)
  return [`${kind}: ${secret} ${rotationId}: ${what}`, JSON.stringify(record), ...shown, ''].join('\n')
}

type Line = [at: number, text: string]

/** Of a report only what is not nothing. */
const counted = (said: string) => said.replaceAll(/"\w+":(0|false),?/g, '')
