import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { readInstant } from '../../../calendar/instant.ts'
import type { Approval } from '../../../ledger/approvals.ts'
import { api } from '../lib/api.ts'
import { type Action, useApp } from '../lib/context.ts'
import { Instant } from '../ui/instant.tsx'
import { Dialog } from './dialog.tsx'

type Props = {
  title: string
  confirm: string
  /** What it will do. */
  children: ComponentChildren
  /** What is asked beside the reason; `optional`: it may be left empty. */
  why: string
  optional?: true
  /** It cannot be done yet, whatever the reason. */
  lacks?: boolean
  /** Does it; answers with what is to be said of it. */
  act(reason: { reason?: string }): Promise<string>
  close: () => void
}

/** Asks for a reason before something is done. */
function AskDialog({ title, confirm, children, why, optional, lacks, act, close }: Props) {
  const { announce } = useApp()
  const [text, setText] = useState('')
  const reason = text.trim()
  const ready = !lacks && (optional || reason !== '')
  return (
    <Dialog
      title={title}
      confirm={confirm}
      act={ready ? async () => announce(await act(reason === '' ? {} : { reason })) : undefined}
      close={close}
      openerGoes
    >
      {children}
      <label>
        {why}
        <input required={!optional} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
    </Dialog>
  )
}

const TICKET = 'Why: a ticket, a change number'

type AnswerProps = { approval: Approval; close: () => void }

export function ApproveDialog({ approval, close }: AnswerProps) {
  const { stage, timezone } = useApp()
  const { approvalId: id, schedule, scheduledAt } = approval
  return (
    <AskDialog
      title={`Approve ${schedule} in ${stage.stage}?`}
      confirm={`Approve ${schedule}`}
      why={TICKET}
      optional
      act={async (why) => (await (await api.approve.$post({ json: { id, ...why } })).json()).text}
      close={close}
    >
      <p>
        <Count of={approval} /> at <Instant at={scheduledAt} timezone={timezone} />, or at once where that has
        passed. Window, freezes and holds still count.
      </p>
      <p>The first answer stands: it cannot be taken back, but a hold stops what has not started.</p>
    </AskDialog>
  )
}

export function RejectDialog({ approval, close }: AnswerProps) {
  const { stage, timezone } = useApp()
  const { approvalId: id, schedule, scheduledAt } = approval
  return (
    <AskDialog
      title={`Reject ${schedule} in ${stage.stage}?`}
      confirm={`Reject ${schedule}`}
      why="Why: it stands in the outcome of every secret"
      act={async ({ reason = '' }) => (await (await api.reject.$post({ json: { id, reason } })).json()).text}
      close={close}
    >
      <p>
        Nothing of the wave of <Instant at={scheduledAt} timezone={timezone} /> rotates: each of its secrets
        is SKIPPED NOT_APPROVED, with who and why. The first answer stands.
      </p>
    </AskDialog>
  )
}

function Count({ of: { secrets } }: { of: Approval }) {
  return (
    <>
      {secrets === undefined
        ? 'Its secrets rotate'
        : secrets === 1
          ? '1 secret rotates'
          : `${secrets} secrets rotate`}
    </>
  )
}

type OfOccurrence = { action: Occurring; close: () => void }
type Occurring = Extract<Action, { at: number }>

export function SkipDialog({ action, close }: OfOccurrence) {
  const { stage } = useApp()
  const { schedule, at, timezone } = action
  return (
    <AskDialog
      title={`Skip one occurrence of ${schedule} in ${stage.stage}?`}
      confirm="Skip this one"
      why="Why: the record and the report have it"
      act={async ({ reason = '' }) => {
        const { first, standing } = await (await api.skip.$post({ json: { schedule, at, reason } })).json()
        const { by, reason: why } = standing
        return `${first ? 'Skipped' : `Already skipped by ${by}`}: ${schedule}, ${why}.`
      }}
      close={close}
    >
      <p>
        Nothing of that of <Instant at={at} timezone={timezone} /> starts; every other one runs as scheduled.
        Its secrets are recorded as SKIPPED, with who and why.
      </p>
      <p>It can be taken back until it has begun.</p>
    </AskDialog>
  )
}

/** By the schedule's own clock, as `move --to` reads it. */
export function MoveDialog({ action, close }: OfOccurrence) {
  const { stage, timezone: shown } = useApp()
  const { schedule, at, timezone } = action
  const [text, setText] = useState('')
  const read = text === '' ? undefined : readInstant(text, timezone)
  const to = read && 'at' in read ? read.at : undefined
  return (
    <AskDialog
      title={`Move one occurrence of ${schedule} in ${stage.stage}?`}
      confirm="Move this one"
      why="Why: the record and the report have it"
      lacks={to === undefined}
      act={async ({ reason = '' }) => {
        const json = { schedule, from: at, to: to ?? at, reason }
        const { first, standing, notes } = await (await api.move.$post({ json })).json()
        const { by, movedTo, reason: why } = standing
        return [
          `${first ? 'Moved' : `Already moved by ${by}`}: ${schedule} to ${movedTo}, ${why}.`,
          ...notes,
        ].join(' ')
      }}
      close={close}
    >
      <p>
        That of <Instant at={at} timezone={timezone} /> does not rotate then but at the other instant, with
        window, approval, hooks and limits as scheduled, bound by freezes and holds of then. Every other one
        runs as scheduled.
      </p>
      <label>
        To, by the clock of {timezone}
        <input
          type="datetime-local"
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {to !== undefined && shown !== timezone && (
        <p class="quiet">
          That is <Instant at={to} timezone={shown} />
        </p>
      )}
      {read && 'problem' in read && (
        <p class="warn" role="alert">
          {text} {read.problem}: {read.hint}
        </p>
      )}
      <p>It can be taken back until it has begun.</p>
    </AskDialog>
  )
}

export function CancelDialog({ action, close }: { action: Action & { what: 'cancel' }; close: () => void }) {
  const { stage } = useApp()
  const { id, of, isSkip } = action
  return (
    <AskDialog
      title={`${isSkip ? 'Take it back' : 'Cancel the planned run'} in ${stage.stage}?`}
      confirm={isSkip ? 'Take it back' : 'Cancel the run'}
      why={TICKET}
      optional
      act={async (why) => (await (await api.cancel.$post({ json: { id, ...why } })).json()).text}
      close={close}
    >
      <p>
        {of} ({id}):{' '}
        {isSkip
          ? 'runs as scheduled again, unless it has begun.'
          : 'nothing of it starts, unless it has begun.'}
      </p>
    </AskDialog>
  )
}
