import { ACCOUNT, REGION } from './arn.ts'

/** Who asks, where, for what: as the signature's credential scope says. Nothing is verified. */
export type Caller = { accessKeyId: string; account: string; region: string; service: string }

/** Reads an `Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`. */
export function callerOf(authorization: string | undefined): Caller {
  const [accessKeyId = '', , region = REGION, service = ''] =
    /Credential=([^,\s]+)/.exec(authorization ?? '')?.[1]?.split('/') ?? []
  return { accessKeyId, account: accountOf(accessKeyId), region, service }
}

/**
 * Temporary keys of the local AWS begin with their account, as AWS's own have it in a way of their own; any other key is of the
 * account that the local AWS claims to be.
 */
export function temporaryKey(account: string): string {
  return `ASIA${account}LOCL`
}

function accountOf(accessKeyId: string): string {
  return /^ASIA(\d{12})LOCL/.exec(accessKeyId)?.[1] ?? ACCOUNT
}
