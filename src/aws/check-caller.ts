import { once } from 'node:events'
import { request as http, type IncomingMessage } from 'node:http'
import { request as https } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Caller, CallerProof, Deed } from '../model/caller.ts'
import { atDoor, messageOf } from '../model/text.ts'
import { identityRequest, MOST_AHEAD_MS, mostAgeOf, signedPath } from './identity-request.ts'

/** Whose signature a proof of this deed is. Never rejects. */
export type CheckCaller = (deed: Deed, proof: CallerProof | undefined) => Promise<Caller>

/** For one answer of STS, from the first packet on; a dead socket is none. ms */
const ANSWER_MS = 2_500

/** Sendings, where STS is throttled, fails, or does not answer: ten seconds in all, of a function's thirty. */
const SENDINGS = 3

/** Between them. ms */
const PAUSE_MS = 300

/**
 * Asks the STS of the function's own region, by whichever endpoint its environment has: where to, and what, is never the
 * sender's to say. GetCallerIdentity needs no permission. `now`: epoch ms.
 */
export function createCallerCheck(env: Record<string, string | undefined>, now: () => number): CheckCaller {
  const check = createProofCheck(env, now)
  return async (deed, proof) =>
    proof === undefined ? { notProved: 'no proof was sent' } : (await check(deed, proof)).caller
}

/** The same of a proof that was kept. `passing`: STS has not said whose it is; while it is young, it may. Never rejects. */
export type CheckProof = (deed: Deed, proof: CallerProof) => Promise<{ caller: Caller; passing: boolean }>

export function createProofCheck(
  { AWS_REGION: region = '', ...env }: Record<string, string | undefined>,
  now: () => number,
): CheckProof {
  return async (deed, proof) => {
    const stale = staleness(deed, proof, now())
    if (stale !== undefined) return { caller: { notProved: stale }, passing: false }
    const { host, header } = identityRequest(deed, region)
    const url = new URL(env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL || `https://${host}`)
    const path = signedPath(deed, region, proof)
    // The host that is signed, whatever the way there.
    const headers = { host, [header[0]]: header[1], accept: 'application/json' }
    for (let sending = 1; ; sending++) {
      const answer = await ask(url, path, headers).catch((error: unknown) => ({ failed: messageOf(error) }))
      const { caller, final } = callerIn(answer, proof)
      if (final || sending === SENDINGS) return { caller, passing: !final }
      await new Promise((done) => setTimeout(done, PAUSE_MS * sending))
    }
  }
}

type Answer = { status: number; body: string } | { failed: string }

async function ask(url: URL, path: string, headers: Record<string, string>): Promise<Answer> {
  const send = url.protocol === 'http:' ? http : https
  const { hostname, port } = url
  const signal = AbortSignal.timeout(ANSWER_MS)
  try {
    const request = send({ hostname, port, path, headers, signal }).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, body: await text(response) }
  } catch (error) {
    throw signal.aborted ? new Error(`no answer in ${ANSWER_MS / 1_000} s`) : error
  }
}

/**
 * `final`: it is STS's word, and will be the same another time. What cannot be read may be of a proxy in between.
 * Source: STS API reference, GetCallerIdentity.
 */
function callerIn(answer: Answer, proof: CallerProof): { caller: Caller; final: boolean } {
  const none = (notProved: string, final = false) => ({ caller: { notProved }, final })
  if ('failed' in answer) return none(`STS could not be asked: ${atDoor(answer.failed, 200)}`)
  const { status, body } = answer
  try {
    const { GetCallerIdentityResponse, Error: refused } = JSON.parse(body)
    const arn: unknown = GetCallerIdentityResponse?.GetCallerIdentityResult?.Arn
    if (status === 200 && typeof arn === 'string' && ARN.test(arn)) return { caller: { arn }, final: true }
    if (status !== 200 && typeof refused?.Code === 'string') {
      const words = atDoor(withoutProof(`${refused.Code}: ${refused.Message}`, proof), 300)
      return none(`STS refused it: ${words}`, status < 500 && !/Throttl/.test(refused.Code))
    }
  } catch {}
  return none(`STS gave no answer that can be read (HTTP ${status})`)
}

/** A refusal may repeat what was signed, as AWS does with the canonical string. */
function withoutProof(text: string, { signature, sessionToken }: CallerProof): string {
  const parts = [signature, ...(sessionToken ? [sessionToken, encodeURIComponent(sessionToken)] : [])]
  return parts.reduce((left, part) => left.replaceAll(part, '…'), text)
}

/** Of a user, a role's session, the root of an account. Source: IAM User Guide, reference_identifiers. */
const ARN = /^arn:aws[a-z-]*:(iam|sts)::\d{12}:[\x21-\x7e]{1,500}$/

/** Why a proof is too old, or too new: whoever sees one later can do nothing with it. */
function staleness(deed: Deed, { date }: CallerProof, now: number): string | undefined {
  const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  if (now - at <= mostAgeOf(deed) && at - now <= MOST_AHEAD_MS) return undefined
  const minutes = Math.round((now - at) / 60_000)
  return `it was signed ${Math.abs(minutes)} minutes ${minutes < 0 ? 'ahead' : 'ago'} by our clock (${date})`
}
