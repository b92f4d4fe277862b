import type { Listed } from '../aws/secrets.ts'
import { formatSelector } from '../model/selector.ts'
import { atDoor } from '../model/text.ts'
import { backoff } from '../steps/backoff.ts'
import type { Steps } from '../steps/steps.ts'
import { type Ports, portsAt } from './ports.ts'
import { windowRetry } from './retry.ts'
import type { UnresolvedWave, Wave } from './wave.ts'

/** Bytes of names in one checkpoint, which holds 256 KB. Source: Lambda quotas, durable functions. */
const MOST_BYTES = 200_000

/** Names in a line of the log. */
const MOST_TOLD = 20

type Page = { names: string[]; more: boolean } | { failed: string }

/**
 * The wave over the secrets that its selector chooses now; from here on it is a wave like any other. Their names are
 * kept page by page. A run that dies in between lists anew, and goes on after the last name that was kept. Where there
 * are none, or none to be had, the wave is empty and refused.
 */
export async function resolveSecrets(steps: Steps, asked: UnresolvedWave, ports: Ports): Promise<Wave> {
  const { select: selector, ...wave } = asked
  const secrets: string[] = []
  let listing: Promise<Listed> | undefined
  const list = () => {
    listing ??= portsAt(ports, wave.place).secrets.list(selector)
    return listing
  }
  for (let page = 1, more = true; more; page++) {
    const found = await steps.step(
      page === 1 ? 'resolve' : `resolve ${page}`,
      async ({ attempt }): Promise<Page> => {
        try {
          const { names, replicas } = await list()
          // Each would be FAILED in every wave, with nothing to mend: `region` names where it rotates.
          if (page === 1 && replicas.length > 0) {
            const some = replicas.slice(0, MOST_TOLD)
            ports.log('replicas left out', { schedule: wave.name, replicas: replicas.length, some })
          }
          return pageAfter(secrets.at(-1), names)
        } catch (error) {
          listing = undefined
          const closes = Date.parse(wave.scheduledAt) + wave.windowSeconds * 1_000
          if (ports.now() + backoff(attempt, 30) * 1_000 < closes) throw error
          return { failed: `could not list the secrets of ${wave.name}: ${atDoor(String(error))}` }
        }
      },
      windowRetry,
    )
    // Nothing is known of the secrets, so nothing can be recorded of them, but of the wave.
    if ('failed' in found)
      return { ...wave, secrets: [], refused: { reason: 'SECRETS_NOT_LISTED', message: found.failed } }
    secrets.push(...found.names)
    more = found.more
  }
  if (secrets.length > 0) return { ...wave, secrets }
  const message = `no secret matches ${formatSelector(selector)}`
  return { ...wave, secrets, refused: { reason: 'NOTHING_MATCHED', message } }
}

/** The next names of a sorted list, after one; as many as a checkpoint holds. */
function pageAfter(last: string | undefined, listed: string[]): Exclude<Page, { failed: string }> {
  const names: string[] = []
  let bytes = 0
  for (const name of listed) {
    if (last !== undefined && name <= last) continue
    bytes += Buffer.byteLength(name) + 3
    if (bytes > MOST_BYTES) return { names, more: true }
    names.push(name)
  }
  return { names, more: false }
}
