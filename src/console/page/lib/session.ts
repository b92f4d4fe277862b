const KEPT = 'tourbillon-session'

/**
 * The session's key: the page that a one-time link opens has it, and the tab keeps it, so that it may be loaded again.
 * Kept neither in a cookie (those are shared with every other server on this machine) nor beyond the tab.
 */
export function sessionKey(): string | undefined {
  const given = document.querySelector<HTMLMetaElement>('meta[name="session"]')
  if (given?.content) {
    sessionStorage.setItem(KEPT, given.content)
    given.remove()
    // The link is used up: neither history nor a bookmark shall have it.
    history.replaceState(null, '', `/${location.hash}`)
  }
  return sessionStorage.getItem(KEPT) ?? undefined
}
