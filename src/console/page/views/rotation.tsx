import { formatPreciseDuration } from '../../../calendar/format.ts'
import { isUnwell } from '../../../model/handover.ts'
import { adoptionText } from '../../../report/adoption.ts'
import type { RotationAnswer } from '../../server/api-types.ts'
import { api } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { hrefOf, type Route } from '../lib/route.ts'
import { requestOf, scopeOf } from '../lib/scope.ts'
import { useQuery } from '../lib/use-query.ts'
import { About } from '../ui/about.tsx'
import { ActionButton } from '../ui/action-button.tsx'
import { Consumers } from '../ui/consumers.tsx'
import { Fact } from '../ui/fact.tsx'
import { clockText, dateText, Instant } from '../ui/instant.tsx'
import { AwsLinks } from '../ui/links.tsx'
import { QueryResult } from '../ui/loading-and-errors.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { Words } from '../ui/words.tsx'

/** One rotation: everything that happened to it, with times, how it ended, and what to do. */
export function RotationView({ route }: { route: Route }) {
  const query = useQuery(api.rotation, { id: route.params.get('id') ?? '' }, 2_000)
  return (
    <QueryResult query={query} what="the rotation">
      {(answer) => (
        <>
          <Outline answer={answer} />
          <HandedOver answer={answer} />
          <div class="columns">
            <Timeline answer={answer} />
            <Facts answer={answer} />
          </div>
        </>
      )}
    </QueryResult>
  )
}

function Outline({ answer: { rotation, meaning, remedy, links } }: { answer: RotationAnswer }) {
  const { stage } = useApp()
  const { secretName, status, reason, late } = rotation
  return (
    <section aria-labelledby="of">
      <h2 id="of">
        {secretName} <Outcome status={status} reason={reason} late={late} />
      </h2>
      {meaning !== undefined && <p>{meaning}</p>}
      {remedy !== undefined && (
        <p>
          <b>What to do:</b> <Words text={remedy} />
        </p>
      )}
      <About of={rotation.schedule} />
      <p class="actions">
        <ActionButton words="Rotate it now…" action={{ what: 'run', ...requestOf(rotation, stage) }} />
        <ActionButton words="Hold it…" action={{ what: 'hold', scope: scopeOf(rotation, stage) }} />
        <a href={hrefOf('history', { q: secretName })}>The last 30 days of this secret</a>
        <AwsLinks of={links} />
      </p>
    </section>
  )
}

/** Who has the new value, where somebody is to take it. */
function HandedOver({ answer: { rotation, oldLogin } }: { answer: RotationAnswer }) {
  const { handover } = rotation
  if (handover === undefined) return null
  return (
    <section aria-labelledby="handover">
      <h2 id="handover">
        Handed over: <span class={isUnwell(handover) ? 'bad' : ''}>{handover.status}</span>
      </h2>
      <Consumers of={handover} />
      {oldLogin !== undefined && <p>The login of before: {oldLogin}.</p>}
    </section>
  )
}

function Timeline({ answer: { moments } }: { answer: RotationAnswer }) {
  const { timezone } = useApp()
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">
        Timeline <span class="zone">{timezone}</span>
      </h2>
      <ol class="timeline">
        {moments.map(({ at, what, gapMs, tone = '' }, index) => {
          const instant = Date.parse(at)
          const before = moments[index - 1]
          const day = dateText(instant, timezone)
          const isNewDay = before === undefined || dateText(Date.parse(before.at), timezone) !== day
          return (
            <li key={at + what} class={tone}>
              {isNewDay && <b class="day">{day}</b>}
              <time dateTime={at}>{clockText(instant, timezone, true)}</time>
              <span class="gap">{gapMs === undefined ? '' : `+${formatPreciseDuration(gapMs)}`}</span>
              <span class="what">{what}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Facts({ answer: { rotation, timezone: own, oldLogin } }: { answer: RotationAnswer }) {
  const { timezone } = useApp()
  const { scheduledAt, skewMs, durationMs, approval } = rotation
  const measured = (ms: number | undefined) => (ms === undefined ? 'not observed' : formatPreciseDuration(ms))
  const from = rotation.moved && `moved here from ${rotation.moved.from}`
  const asked = [rotation.requester, rotation.requestReason, from].filter(Boolean).join(': ')
  const version = rotation.versionId === rotation.rotationId ? 'the same' : rotation.versionId
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
      <dl class="facts">
        <Fact name="Due">
          <Instant at={scheduledAt} timezone={own} />
        </Fact>
        <Fact name="That is">{timezone !== own && <Instant at={scheduledAt} timezone={timezone} />}</Fact>
        <Fact name="Schedule">{rotation.schedule}</Fact>
        <Fact name="Trigger">{rotation.trigger}</Fact>
        <Fact name="Asked by">{asked || undefined}</Fact>
        <Fact name="In spite of freezes and holds">{rotation.override}</Fact>
        <Fact name="Approved by">
          {approval && [approval.by, approval.reason].filter(Boolean).join(': ')}
        </Fact>
        <Fact name="Skew">{measured(skewMs)}</Fact>
        <Fact name="Took">{measured(durationMs)}</Fact>
        <Fact name="Fetched">{rotation.adoption && adoptionText(rotation.adoption)}</Fact>
        <Fact name="The login of before">{rotation.handover === undefined && oldLogin}</Fact>
        <Fact name="Rotation">{rotation.rotationId}</Fact>
        <Fact name="Version">{version && version + (rotation.adopted ? ', adopted' : '')}</Fact>
        <Fact name="Version before">{rotation.previousVersionId}</Fact>
        <Fact name="Secret">{rotation.secretArn ?? rotation.secret}</Fact>
        <Fact name="Execution">{rotation.executionArn}</Fact>
        <Fact name="Config">{rotation.configVersion}</Fact>
      </dl>
    </section>
  )
}
