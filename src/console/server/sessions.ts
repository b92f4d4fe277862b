import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who may ask: whoever opened the newest link, and the tabs that earlier links opened. */
export type Sessions = {
  /** Opens a session, once. */
  token(): string
  /** A new session's key for the token, which is used up with it: another takes its place. Undefined: not the token. */
  open(token: string): string | undefined
  knows(key: string): boolean
}

/** All in memory: with the process, every link and session ends. */
export function openSessions(): Sessions {
  let token = secret()
  const keys: string[] = []
  return {
    token: () => token,
    open(asked) {
      if (!isSame(asked, token)) return undefined
      token = secret()
      const key = secret()
      keys.push(key)
      return key
    },
    knows: (asked) => keys.some((key) => isSame(asked, key)),
  }
}

/** 256 bits, as they may stand in a link. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}

/** In a time that says nothing of how much is right: by digests, which are equally long. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return left !== undefined && right !== undefined && timingSafeEqual(left, right)
}
