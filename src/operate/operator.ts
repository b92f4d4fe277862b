import { hostname, userInfo } from 'node:os'

/** Who is at the keyboard, for the record: a claim, as whoever runs the command can say anything. */
export function operator(
  user: () => { username: string } = userInfo,
  env: Record<string, string | undefined> = process.env,
): string {
  return `${nameOf(user, env)}@${hostname()}`
}

/** A container or a CI job may run under a uid that no passwd entry knows: then there is no name to read. */
function nameOf(user: () => { username: string }, env: Record<string, string | undefined>): string {
  try {
    return user().username
  } catch {
    return env.USER || env.LOGNAME || `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
