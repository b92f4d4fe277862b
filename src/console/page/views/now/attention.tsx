import type { ComponentChildren } from 'preact'
import { formatDuration } from '../../../../calendar/format.ts'
import type { Rotation } from '../../../../model/rotation.ts'
import type { NowAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { hrefOf } from '../../lib/route.ts'
import { requestOf } from '../../lib/scope.ts'
import { About } from '../../ui/about.tsx'
import { ActionButton } from '../../ui/action-button.tsx'
import { Instant } from '../../ui/instant.tsx'
import { Empty } from '../../ui/loading-and-errors.tsx'
import { Outcome } from '../../ui/outcome.tsx'

/** Everything that somebody has to look at, the worst first. */
export function Attention({ now }: { now: NowAnswer }) {
  const { timezone } = useApp()
  const { unwatched, wrong, ages, unrecorded, approvals, skipped } = now
  const { overdue, more, unknown } = ages
  const late = now.underWay.filter((it) => it.late)
  const count =
    wrong.length + late.length + overdue.length + more + unrecorded.length + approvals.length + skipped.length
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">To look at</h2>
      {count === 0 && unwatched === undefined && unknown === undefined && (
        <Empty>Nothing went wrong or was left out in the last 24 hours.</Empty>
      )}
      <ul class="cards">
        {unwatched !== undefined && (
          <li class="card bad">
            <b>Not watched</b>
            <p>{unwatched.message}</p>
            <p>
              <code>{unwatched.command}</code>
            </p>
          </li>
        )}
        {late.map(({ rotation }) => (
          <RotationCard key={rotation.rotationId} rotation={rotation} kind="card bad">
            <p>It should have its outcome by now.</p>
            <About of={rotation.schedule} />
          </RotationCard>
        ))}
        {[...wrong]
          .sort((a, b) => Number(a.mended) - Number(b.mended))
          .map((it) => (
            <WrongCard key={it.rotation.rotationId} wrong={it} />
          ))}
        {unrecorded.map(({ schedule, secretName, at }) => (
          <li key={schedule + secretName + at} class="card bad">
            <b>{secretName ?? schedule}</b> was due and has no record
            <Instant at={at} timezone={timezone} />
            <About of={schedule} />
          </li>
        ))}
        {overdue.map(({ secretName, schedule, maxAgeMs, lastChange }) => (
          <li key={secretName} class="card bad">
            <b>{secretName}</b> is overdue
            <p>
              {schedule} lets it be {formatDuration(maxAgeMs)} old; it changed last{' '}
              <Instant at={lastChange} timezone={timezone} />
            </p>
            <About of={schedule} />
          </li>
        ))}
        {more > 0 && <li class="card bad">{more} more are overdue: doctor names them all.</li>}
        {unknown !== undefined && (
          <li class="card bad">
            <b>Not known how old secrets are</b>
            <p>{unknown}</p>
          </li>
        )}
        {approvals.map((approval) => (
          <ApprovalCard key={approval.approvalId} approval={approval} />
        ))}
        {skipped.map((rotation) => (
          <RotationCard key={rotation.rotationId} rotation={rotation} kind="card">
            <Instant at={rotation.scheduledAt} timezone={timezone} />
          </RotationCard>
        ))}
      </ul>
    </section>
  )
}

function RotationCard({
  rotation: { rotationId, secretName, status, reason },
  kind,
  children,
}: {
  rotation: Rotation
  kind: 'card' | 'card bad'
  children: ComponentChildren
}) {
  return (
    <li class={kind}>
      <a href={hrefOf('rotation', { id: rotationId })}>{secretName}</a>
      <Outcome status={status} reason={reason} />
      {children}
    </li>
  )
}

function WrongCard({ wrong: { rotation, mended } }: { wrong: NowAnswer['wrong'][number] }) {
  const { stage, timezone } = useApp()
  return (
    <RotationCard rotation={rotation} kind={mended ? 'card' : 'card bad'}>
      <Instant at={rotation.scheduledAt} timezone={timezone} />
      {rotation.message !== undefined && <p>{rotation.message}</p>}
      {!mended && <About of={rotation.schedule} />}
      {mended ? (
        <p class="quiet">It has rotated since.</p>
      ) : (
        <ActionButton
          words="Rotate now…"
          of={rotation.secretName}
          action={{ what: 'run', ...requestOf(rotation, stage) }}
        />
      )}
    </RotationCard>
  )
}

function ApprovalCard({
  approval: { approvalId, schedule, scheduledAt, expiresAt },
}: {
  approval: NowAnswer['approvals'][number]
}) {
  const { stage, timezone } = useApp()
  return (
    <li class="card warn">
      <b>{schedule}</b> waits for a go-ahead
      <Instant at={scheduledAt} timezone={timezone} />
      <About of={schedule} />
      <p>
        Until <Instant at={expiresAt} timezone={timezone} />. In a terminal:{' '}
        <code>
          npx aws-tourbillon approve --stage {stage.stage} {approvalId}
        </code>
      </p>
    </li>
  )
}
