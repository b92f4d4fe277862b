import { STSClient } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import type { CallerProof, Deed } from '../model/caller.ts'
import { messageOf } from '../model/text.ts'
import { identityRequest } from './identity-request.ts'
import { settingsFor } from './settings.ts'
import { withTimeLimit } from './time-limit.ts'

/** Credentials may come from another process, or the network. */
const PATIENCE_MS = 5_000

/**
 * A proof that whoever runs this does this deed: signed here, sent by nobody but the stage's own function. Never rejects:
 * without credentials there is none, and `why` says why. Its signature is good for minutes, and for this deed alone.
 */
export async function proveCaller(deed: Deed): Promise<{ proof?: CallerProof; why?: string }> {
  const { config } = new STSClient({ ...settingsFor('once') })
  try {
    return await withTimeLimit(PATIENCE_MS, `no credentials in ${PATIENCE_MS / 1_000} s`, async () => {
      const region = await config.region()
      const { host, query, header, expires } = identityRequest(deed, region)
      const signer = new SignatureV4({
        ...{ service: 'sts', region, credentials: config.credentials, sha256: config.sha256 },
      })
      const headers = { host, [header[0]]: header[1] }
      const request = { method: 'GET', protocol: 'https:', hostname: host, path: '/', query, headers }
      const signed = await signer.presign(request, { expiresIn: expires, signingDate: new Date() })
      return { proof: proofIn(signed.query ?? {}) }
    })
  } catch (error) {
    return { why: messageOf(error) }
  }
}

function proofIn(query: Record<string, unknown>): CallerProof {
  const part = (name: string) => String(query[`X-Amz-${name}`] ?? '')
  const sessionToken = part('Security-Token')
  return {
    accessKeyId: part('Credential').split('/')[0] ?? '',
    date: part('Date'),
    signature: part('Signature'),
    ...(sessionToken !== '' && { sessionToken }),
  }
}
