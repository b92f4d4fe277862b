import type { DBProxy, RDSClient } from '@aws-sdk/client-rds'
import type { Permission } from './permission.ts'

type RdsSdk = Pick<typeof import('@aws-sdk/client-rds'), 'DescribeDBProxiesCommand'>

/** Source: Service Authorization Reference, Amazon RDS. */
export const PROXY_PERMISSIONS = {
  page: [{ action: 'rds:DescribeDBProxies', on: 'any' }],
} as const satisfies Record<string, Permission[]>

/** RDS Proxies of this account and region, page by page. */
export type DbProxies = {
  page(
    next: string | undefined,
    options: { abortSignal: AbortSignal },
  ): Promise<{ proxies: DBProxy[]; next?: string | undefined }>
}

export function openDbProxies({ sdk, client }: { sdk: RdsSdk; client: RDSClient }): DbProxies {
  return {
    async page(Marker, options) {
      const found = await client.send(new sdk.DescribeDBProxiesCommand({ Marker }), options)
      return { proxies: found.DBProxies ?? [], next: found.Marker }
    },
  }
}
