import { randomUUID } from 'node:crypto'
import type { AwsError } from './error.ts'
import type { LocalResponse } from './http.ts'

/** The answers of AWS's Query protocol: a form in, XML out. */
export function xml(status: number, body: string): LocalResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}

export function xmlError(namespace: string, { code, message, status }: AwsError): LocalResponse {
  const type = status < 500 ? 'Sender' : 'Receiver'
  return xml(
    status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
