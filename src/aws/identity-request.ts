import type { CallerProof, Deed } from '../model/caller.ts'
import { partitionOf } from '../model/place.ts'

/** Among the signed headers of a proof. */
const DEED_HEADER = 'x-tourbillon-deed'

/** Seconds. STS itself may take one for longer, as EKS's tokens show: the function goes by `date`. */
const EXPIRES = 300

/** How old, or ahead of the function's clock, a proof may be. ms */
export const MOST_PROOF_AGE_MS = EXPIRES * 1_000

/** The request that is signed, and sent: the same on both sides. Headers in lower case. */
export function identityRequest({ stage, deed, id }: Deed, region: string) {
  return {
    host: `sts.${region}.${SUFFIXES[partitionOf(region)] ?? 'amazonaws.com'}`,
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    header: [DEED_HEADER, `${stage}/${deed}/${id}`] as const,
    expires: EXPIRES,
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
