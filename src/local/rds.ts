import type { LocalService } from './http.ts'
import { queryService } from './protocols/query.ts'

/** An RDS Proxy: by what secrets it logs in, and as what role it reads them. */
export type LocalProxy = { name: string; arn: string; role: string; secretArns: string[] }

/** So many a page, that there is more than one. */
const PAGE = 2

/** Source: RDS API reference, DescribeDBProxies. */
export function rds({ proxies }: { proxies: LocalProxy[] }): LocalService {
  return queryService('rds', 'http://rds.amazonaws.com/doc/2014-10-31/', {
    DescribeDBProxies: {
      known: /^(Marker|MaxRecords)$/,
      answer(form) {
        const start = Number(form.get('Marker') ?? 0)
        const end = start + PAGE
        return {
          DBProxies: proxies.slice(start, end).map(({ name, arn, role, secretArns }) => ({
            ...{ DBProxyName: name, DBProxyArn: arn, RoleArn: role, Status: 'available' },
            Auth: secretArns.map((SecretArn) => ({ AuthScheme: 'SECRETS', SecretArn })),
          })),
          ...(end < proxies.length && { Marker: String(end) }),
        }
      },
    },
  })
}
