/** What a call is about. `any`: IAM knows no resource for it. */
type On =
  | 'any'
  | 'secret'
  | 'rotation function'
  | 'hook'
  | 'function'
  | 'orchestrator'
  | 'member role'
  | 'Change Calendar'
  | 'event bus'
  | 'topic'
  | 'schedule'
  | 'callback'
  | 'ECS service'
  | 'runbook'
  | 'automation execution'

/**
 * What IAM asks of whoever makes a call. Each adapter has its own beside the call; the roles of `src/deploy`,
 * docs/member-role.yml and the tables of docs/deploy.md are made of these, so that a new call is written down once.
 * `changes`: whoever only looks does without.
 */
export type Permission = { action: `${string}:${string}`; on: On; changes?: true }

/** The actions on one kind of resource, each once, in the order in which they are written. */
export function actionsOn(
  on: On,
  permissions: Record<string, readonly Permission[]>,
  { looking = false }: { looking?: boolean } = {},
): string[] {
  const some = Object.values(permissions)
    .flat()
    .filter((it) => it.on === on && !(looking && it.changes))
  return [...new Set(some.map(({ action }) => action))]
}
