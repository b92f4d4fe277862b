import type { Rotation } from '../../../../model/rotation.ts'
import type { NowAnswer } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { hrefOf } from '../../lib/route.ts'
import { Instant } from '../../ui/instant.tsx'
import { Outcome } from '../../ui/outcome.tsx'

/** What was left out by rule, and what went wrong and is mended: for nobody to do anything about. */
export function LeftOut({ now: { skipped, wrong } }: { now: NowAnswer }) {
  const mended = wrong.filter((it) => it.mended).map(({ rotation }) => rotation)
  return (
    <>
      <RotationCards id="skipped" title="Left out in the last 24 hours" rotations={skipped} />
      <RotationCards id="mended" title="Went wrong, and has succeeded since" rotations={mended} />
    </>
  )
}

function RotationCards({ id, title, rotations }: { id: string; title: string; rotations: Rotation[] }) {
  const { timezone } = useApp()
  if (rotations.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="cards">
        {rotations.map(({ rotationId, secretName, status, reason, scheduledAt, message }) => (
          <li key={rotationId} class="card">
            <h3>
              <a href={hrefOf('rotation', { id: rotationId })}>{secretName}</a>
              <Outcome status={status} reason={reason} />
            </h3>
            <Instant at={scheduledAt} timezone={timezone} />
            {message !== undefined && <p class="quiet">{message}</p>}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What of AWS is not as taken for granted, as `verify` saw it: nothing of it is wrong with the stage. */
export function AboutAws({ aboutAws }: Pick<NowAnswer, 'aboutAws'>) {
  if (aboutAws.length === 0) return null
  return (
    <section aria-labelledby="about-aws">
      <h2 id="about-aws">About AWS</h2>
      {aboutAws.map(({ text, command }) => (
        <p key={text} class="quiet">
          {text}
          {command !== undefined && (
            <>
              : <code>{command}</code>
            </>
          )}
        </p>
      ))}
    </section>
  )
}
