import { hostname, userInfo } from 'node:os'

/** Who is at the keyboard, for the record: a claim, as whoever runs the command can say anything. */
export function operator(
  user: () => { username: string } = userInfo,
  env: Record<string, string | undefined> = process.env,
): string {
  return `${nameOf(user, env)}@${hostname()}`
}

/** Nobody in an emergency waits for who they are. ms */
const PATIENCE_MS = 2_000

/**
 * The same with whose credentials they are, where AWS says so soon: `ana@desk (deployer/ana.lopez)`, a role and its
 * session. On a machine that many share, that tells them apart; it is a claim all the same.
 */
export async function operatorAtAws(): Promise<string> {
  const { callerPlace } = await import('../aws/caller.ts')
  const { arn } = await callerPlace(undefined, PATIENCE_MS)
  return arn === undefined ? operator() : `${operator()} (${identityIn(arn)})`
}

/** `deployer/ana.lopez` of a role's session, `user/ana` of a user. Source: IAM User Guide, reference-arns. */
export function identityIn(arn: string): string {
  return arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^assumed-role\//, '')
}

/** A container or a CI job may run under a uid that no passwd entry knows: then there is no name to read. */
function nameOf(user: () => { username: string }, env: Record<string, string | undefined>): string {
  try {
    return user().username
  } catch {
    return env.USER || env.LOGNAME || `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
