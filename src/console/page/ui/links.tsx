import type { Links } from '../../server/links.ts'

/** To AWS's console: in the account that this browser is signed in to. */
export function AwsLinks({ of: { log, secretPage } }: { of: Links }) {
  return (
    <>
      {log !== undefined && <Away to={log} words="Log" />}
      {secretPage !== undefined && <Away to={secretPage} words="Secret at AWS" />}
    </>
  )
}

function Away({ to, words }: { to: string; words: string }) {
  return (
    <a href={to} target="_blank" rel="noreferrer">
      {words}
    </a>
  )
}
