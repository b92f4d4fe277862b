import type { Handover } from '../../../../model/handover.ts'
import type { NowAnswer, Trouble } from '../../../server/api-types.ts'
import { useApp } from '../../lib/context.ts'
import { hrefOf } from '../../lib/route.ts'
import { About } from '../../ui/about.tsx'
import { ActionButton } from '../../ui/action-button.tsx'
import { Consumers } from '../../ui/consumers.tsx'
import { Instant } from '../../ui/instant.tsx'
import { AwsLinks } from '../../ui/links.tsx'
import { Empty } from '../../ui/loading-and-errors.tsx'
import { Outcome } from '../../ui/outcome.tsx'
import { Words } from '../../ui/words.tsx'

/** What needs a person, before all else: a card a trouble, in the server's order. */
export function Troubles({ troubles }: Pick<NowAnswer, 'troubles'>) {
  return (
    <section aria-labelledby="troubles">
      <h2 id="troubles">Needs a person</h2>
      {troubles.length === 0 && <Empty>Nothing.</Empty>}
      <ul class="cards troubles">
        {troubles.map((trouble) => (
          <TroubleCard key={trouble.key} trouble={trouble} />
        ))}
      </ul>
    </section>
  )
}

function Times({ of: { at, since, until, approval } }: { of: Trouble }) {
  const { timezone } = useApp()
  const times = [
    ['for', at],
    [approval ? 'asked' : 'since', since],
    [approval ? 'answer by' : 'until', until],
  ] as const
  return (
    <p class="quiet times">
      {times.map(
        ([word, instant]) =>
          instant !== undefined && (
            <span key={word}>
              {word} <Instant at={instant} timezone={timezone} />
            </span>
          ),
      )}
    </p>
  )
}

/** As many as a card shows of its rotations, and of consumers. */
const MOST = 5

function HandedOver({ handover, rotations }: { handover: Handover; rotations: { rotationId: string }[] }) {
  const hidden = handover.consumers.length - MOST
  return (
    <>
      <Consumers of={handover} most={MOST} />
      {hidden > 0 &&
        rotations.map(({ rotationId: id }) => (
          <p key={id}>
            and <a href={hrefOf('rotation', { id })}>{hidden} more</a>
          </p>
        ))}
    </>
  )
}

function TroubleCard({ trouble }: { trouble: Trouble }) {
  const { tone, title, status, reason, happened, todo, command, schedule } = trouble
  const { rotations = [], approval, again, pauses = [], cancel } = trouble
  const [only] = rotations
  return (
    <li class={`card ${tone}`}>
      <h3>
        {rotations.length === 1 && only ? <RotationLink of={only} /> : title}
        {status && <Outcome status={status} reason={reason} />}
      </h3>
      <Times of={trouble} />
      <p>{happened}</p>
      {trouble.handover && <HandedOver handover={trouble.handover} rotations={rotations} />}
      {rotations.length > 1 && (
        <p>
          {rotations.slice(0, MOST).map((it, index) => (
            <span key={it.rotationId}>
              {index > 0 && ', '}
              <RotationLink of={it} />
            </span>
          ))}
          {rotations.length > MOST && (
            <>
              {' '}
              and <a href={hrefOf('history', { days: '2', schedule })}>{rotations.length - MOST} more</a>
            </>
          )}
        </p>
      )}
      {todo !== undefined && (
        <p>
          <b>What to do:</b> <Words text={todo} />
        </p>
      )}
      {command !== undefined && (
        <p>
          <code>{command}</code>
        </p>
      )}
      {schedule !== undefined && <About of={schedule} />}
      <p class="actions">
        {approval && (
          <>
            <ActionButton words="Approve…" of={approval.schedule} action={{ what: 'approve', approval }} />
            <ActionButton words="Reject…" of={approval.schedule} action={{ what: 'reject', approval }} />
          </>
        )}
        {again && (
          <ActionButton
            words="Rotate now…"
            of={only?.secretName ?? title}
            action={{ what: 'run', ...again }}
          />
        )}
        {pauses.map((hold) => (
          <ActionButton
            key={hold.id}
            words={pauses.length === 1 ? 'Release…' : `Release ${hold.scope.slice('secret/'.length)}…`}
            {...(pauses.length === 1 && { of: hold.scope.slice('secret/'.length) })}
            action={{ what: 'release', hold }}
          />
        ))}
        {cancel !== undefined && (
          <ActionButton words="Cancel…" of={cancel} action={{ what: 'cancel', id: cancel, of: title }} />
        )}
        <AwsLinks of={trouble} />
      </p>
    </li>
  )
}

function RotationLink({ of: { rotationId, secretName } }: { of: NonNullable<Trouble['rotations']>[number] }) {
  return <a href={hrefOf('rotation', { id: rotationId })}>{secretName}</a>
}
