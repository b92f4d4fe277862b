import type { CallerProof, Deed } from '../model/caller.ts'
import { partitionOf } from '../model/place.ts'

/** Among the signed headers of a proof. */
const DEED_HEADER = 'x-tourbillon-deed'

/**
 * How long a proof is good for, in seconds. STS itself may take one for longer, as EKS's tokens show: our functions go by
 * `date`. What is written to the table waits for the audit, which runs every five minutes.
 */
function expiresIn(deed: Deed['deed']): number {
  return deed === 'run' || deed === 'approve' ? 300 : 900
}

/** How old a proof may be. ms */
export function mostAgeOf({ deed }: Pick<Deed, 'deed'>): number {
  return expiresIn(deed) * 1_000
}

/** How far one's clock may be ahead of the function's. ms */
export const MOST_AHEAD_MS = 300_000

/** The request that is signed, and sent: the same on both sides. Headers in lower case. */
export function identityRequest({ stage, deed, id }: Deed, region: string) {
  return {
    host: `sts.${region}.${SUFFIXES[partitionOf(region)] ?? 'amazonaws.com'}`,
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    header: [DEED_HEADER, `${stage}/${deed}/${id}`] as const,
    expires: expiresIn(deed),
  }
}

/** Path and query of the signed request, made of a proof. Source: IAM User Guide, create-signed-request. */
export function signedPath(deed: Deed, region: string, proof: CallerProof): string {
  const { query, header, expires } = identityRequest(deed, region)
  const { accessKeyId, date, signature, sessionToken } = proof
  return `/?${new URLSearchParams({
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${date.slice(0, 8)}/${region}/sts/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expires),
    'X-Amz-SignedHeaders': `host;${header[0]}`,
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-Signature': signature,
  })}`
}

/** Of hosts of AWS by partition, where not `amazonaws.com`. Source: the SDK's endpoint partitions. */
const SUFFIXES: Record<string, string> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
}
