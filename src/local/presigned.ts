import { createHash, createHmac } from 'node:crypto'
import { AwsError } from '../rehearse/secrets-manager/error.ts'
import type { LocalRequest } from './http.ts'

/** A key of somebody's: its secret half, and who they are. `sessionToken`: of a temporary one. */
export type LocalCaller = { secret: string; arn: string; sessionToken?: string }

/** What STS takes, whatever `X-Amz-Expires` says, as EKS's tokens show. ms */
const STS_LIFETIME_MS = 15 * 60_000

/** How far a clock may be ahead. ms */
const SKEW_MS = 5 * 60_000

/**
 * Whose signature a presigned request has: verified by itself, from what came over the wire, as AWS does, whoever has
 * signed it and however. Source: IAM User Guide, create-signed-request.
 */
export function presignedBy(
  { method, path, query, header }: LocalRequest,
  callers: Map<string, LocalCaller>,
  now: number,
): string {
  const part = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  const [accessKeyId = '', day = '', region = '', service = '', end = ''] = part('Credential').split('/')
  const caller = callers.get(accessKeyId)
  if (!caller || (caller.sessionToken ?? '') !== part('Security-Token'))
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
  const date = part('Date')
  const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  if (!(at - now <= SKEW_MS) || !(now - at <= STS_LIFETIME_MS))
    throw new AwsError('SignatureDoesNotMatch', `Signature expired or not yet current: ${date}`, 403)
  const names = part('SignedHeaders').split(';')
  const mustBe = names.includes('host') && part('Algorithm') === 'AWS4-HMAC-SHA256' && date.startsWith(day)
  const scope = [day, region, service, end].join('/')
  const canonical = [
    ...[method, path, canonicalQuery(query)],
    ...names.map((name) => `${name}:${(header(name) ?? '').trim().replace(/ +/g, ' ')}`),
    ...['', names.join(';'), sha256('')],
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (by, text) => hmac(by, text),
    Buffer.from(`AWS4${caller.secret}`),
  )
  if (!mustBe || hmac(key, toSign).toString('hex') !== part('Signature')) {
    const words = 'The request signature we calculated does not match the signature you provided.'
    throw new AwsError('SignatureDoesNotMatch', words, 403)
  }
  return caller.arn
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map((pair) => pair.map(encoded).join('='))
    .sort()
    .join('&')
}

/** Source: RFC 3986, unreserved. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
