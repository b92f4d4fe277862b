import type { DbProxies } from '../aws/db-proxies.ts'
import { lookUp } from '../doctor/lookup.ts'
import { type Look, MOST_LOOKING_MS, placeIn } from '../model/found-consumers.ts'
import { namesIn } from '../model/secret-read.ts'
import { MINUTE } from '../model/time.ts'

export type FoundProxy = { name: string; role?: string }

export async function lookAtProxies(
  secret: string,
  arn: string | undefined,
  until: number,
  { proxies, now }: { proxies: DbProxies; now(): number },
): Promise<Look<FoundProxy>> {
  const found: FoundProxy[] = []
  const unseen: string[] = []
  let seen = 0
  for (let next: string | undefined, more = true; more; more = next !== undefined) {
    if (now() >= until) {
      unseen.push(`more than ${MOST_LOOKING_MS / MINUTE} min of RDS: the rest was left`)
      break
    }
    const page = await lookUp('rds:DescribeDBProxies', (it) => proxies.page(next, it))
    if ('unknown' in page) unseen.push(page.unknown)
    const some = ('found' in page && page.found) || { proxies: [], next: undefined }
    for (const { DBProxyName = '', DBProxyArn = '', Auth = [], RoleArn } of some.proxies) {
      const here = placeIn(DBProxyArn)
      const isIts = ({ SecretArn = '' }) =>
        arn ? SecretArn === arn : namesIn(SecretArn, here).includes(secret)
      if (Auth.some(isIts)) found.push({ name: DBProxyName, ...(RoleArn && { role: RoleArn }) })
    }
    seen += some.proxies.length
    next = some.next
  }
  return { found, looked: `${seen} RDS Proxies`, unseen }
}
