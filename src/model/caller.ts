import { partitionOf } from './place.ts'

/**
 * Who does something, proved. Whoever asks signs `GetCallerIdentity` of STS, bound to this one deed by a header among the
 * signed ones, and does not send it: a function of the stage does, and STS tells it whose signature that is. Only four
 * strings travel. The request itself is made anew from them, so that nothing of it but these is the sender's to choose.
 * Decision 0169.
 */
export type CallerProof = {
  accessKeyId: string
  /** `X-Amz-Date`: when it was signed. */
  date: string
  signature: string
  /** Of temporary credentials. */
  sessionToken?: string
}

/** Whose signature it was, as STS has told a function of the stage; or why that is not known. */
export type Caller = { arn: string } | { notProved: string }

export function callerText(caller: Caller): string {
  return 'arn' in caller ? `proved by STS: ${caller.arn}` : `a claim, not proved: ${caller.notProved}`
}

/** The ARN that was proved. */
export function arnOf(caller: Caller | undefined): string | undefined {
  return caller && 'arn' in caller ? caller.arn : undefined
}

/** What one proof is good for: another deed, or the same in another stage, has another signature. */
export type Deed = { stage: string; deed: 'run' | 'approve'; id: string }

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
