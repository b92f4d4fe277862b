import { useApp } from '../lib/context.ts'

/** Who answers for a schedule, what it is for, and where it stands what to do; nothing where its config does not say. */
export function About({ of }: { of: string }) {
  const { stage } = useApp()
  const { owner, description, runbook } = stage.schedules.find(({ name }) => name === of) ?? {}
  if (owner === undefined && description === undefined && runbook === undefined) return null
  return (
    <p class="quiet">
      {[description, owner && `Owner: ${owner}`].filter(Boolean).join('. ')}{' '}
      {runbook !== undefined && (
        <a href={runbook} target="_blank" rel="noreferrer">
          Runbook<span class="unseen"> of {of}</span>
        </a>
      )}
    </p>
  )
}
