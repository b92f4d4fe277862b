import type { Violation } from './judge.ts'
import type { Played } from './play.ts'

/** Everything that touched the rotations whose promises were broken, in order of time. */
export function evidence(played: Played, violations: Violation[]): string {
  return violations.map((violation) => timeline(played, violation)).join('\n')
}

function timeline(played: Played, { kind, secret, rotationId, what }: Violation): string {
  const { happened, events, passed, kills, deeds, audits } = played
  const rotation = happened.rotations.find((it) => it.rotationId === rotationId)
  const about = Date.parse(rotation?.scheduledAt ?? '') || happened.effects[0]?.at || 0
  const [from, to] = [about - 180_000, about + 600_000]
  const lines: [at: number, text: string][] = [
    ...events
      .filter(({ secretName }) => secretName === secret)
      .map(
        (it) => [it.at, `AWS ${it.type} ${it.versionId} ${it.label ?? ''} ${it.errorMessage ?? ''}`] as never,
      ),
    ...passed
      .filter(({ body }) => body.includes(rotationId) || body.includes(`"${secret}"`))
      .map((it) => [it.at, `HTTP ${it.caller} ${it.action} ${it.harm ?? ''}`] as never),
    ...happened.rotations
      .filter((it) => it.secretName === secret)
      .flatMap((it) =>
        it.events.map(
          (event) =>
            [
              Date.parse(event.at),
              `ledger ${it.rotationId} ${event.status} ${event.reason ?? ''} ${event.message ?? ''}`,
            ] as never,
        ),
      ),
    ...kills.map((it) => [it.at, `kill of ${it.invocations} invocations`] as never),
    ...deeds.commands.map(
      (it) => [it.at, `${it.args.join(' ')} → ${it.code} in ${it.ms} ms: ${it.said}`] as never,
    ),
    ...happened.holds.map((it) => [it.from, `hold of ${it.scope} known`] as never),
    ...audits.map((it) => [it.at, `audit: ${it.said}`] as never),
  ]
  const shown = lines
    .filter(([at]) => at > from && at < to)
    .sort((a, b) => a[0] - b[0])
    .map(([at, text]) => `  ${new Date(at).toISOString().slice(11, 23)}  ${text}`)
  return [`${kind}: ${secret} ${rotationId}: ${what}`, JSON.stringify(rotation), ...shown, ''].join('\n')
}
