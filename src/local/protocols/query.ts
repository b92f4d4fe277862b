import { randomUUID } from 'node:crypto'
import { type AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { callerOf } from '../caller.ts'
import type { LocalRequest, LocalResponse, LocalService } from '../http.ts'
import type { ServiceName } from '../services.ts'

export type XmlItem = { [name: string]: XmlValue }
type XmlValue = string | number | boolean | XmlItem | XmlValue[]

/** An action: which parameters it knows, and its result, to be written as XML. */
export type QueryAction = { known: RegExp; answer(form: URLSearchParams, request: LocalRequest): XmlItem }

/** A service that speaks AWS's Query protocol: a form in, XML out. */
export function queryService(
  name: ServiceName,
  namespace: string,
  actions: Record<string, QueryAction>,
): LocalService {
  return {
    ...signedFor(name),
    refuse: (error) => xmlError(namespace, error),
    async handle(action, request) {
      const form = new URLSearchParams(request.body.toString())
      const found = actions[action]
      if (!found) throw unsupported(`the action ${action} of ${name}`)
      refuseUnknown(action, form, found.known)
      const result = element(`${action}Result`, found.answer(form, request), 'member')
      const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`
      return xml(200, `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`)
    },
  }
}

/** The action is in the form; whose it is, the signature says. */
export function signedFor(name: ServiceName): Pick<LocalService, 'name' | 'recognise'> {
  return {
    name,
    recognise: ({ header, formAction }) =>
      callerOf(header('authorization')).service === name ? formAction : undefined,
  }
}

export function refuseUnknown(action: string, form: URLSearchParams, known: RegExp): void {
  const unknown = [...form.keys()].find((key) => !/^(Action|Version)$/.test(key) && !known.test(key))
  if (unknown) throw unsupported(`the parameter ${unknown} of ${action}`)
}

export function xml(status: number, body: string): LocalResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}

export function xmlError(namespace: string, { code, message, status }: AwsError): LocalResponse {
  const Type = status < 500 ? 'Sender' : 'Receiver'
  const error = element('Error', { Type, Code: code, Message: message }, 'member')
  return xml(
    status,
    `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  )
}

/** A list is an element of its own with an element `each` for every item: SNS and IAM say member, EC2 says item. */
export function element(name: string, value: XmlValue, each: 'member' | 'item'): string {
  const inner = Array.isArray(value)
    ? value.map((item) => element(each, item, each)).join('')
    : typeof value === 'object'
      ? Object.entries(value)
          .map(([key, it]) => element(key, it, each))
          .join('')
      : String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<${name}>${inner}</${name}>`
}

/** `Name.member.1`, `Name.member.2`, … in order. */
export function listIn(form: URLSearchParams, prefix: string): string[] {
  const found: string[] = []
  for (let n = 1; form.has(`${prefix}.${n}`); n++) found.push(form.get(`${prefix}.${n}`) ?? '')
  return found
}
