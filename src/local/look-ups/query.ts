import { randomUUID } from 'node:crypto'
import { callerOf } from '../caller.ts'
import { unsupported } from '../error.ts'
import type { Fault } from '../fault.ts'
import type { LocalService } from '../http.ts'
import { xml, xmlError } from '../xml.ts'
import type { XmlValue } from './state.ts'

/** An action of a Query service: which parameters it knows, and its result, to be written as XML. */
export type QueryAction = { known: RegExp; answer(form: URLSearchParams): { [name: string]: XmlValue } }

/**
 * A service that speaks AWS's Query protocol: a form in, XML out. Actions that are not here are refused where it stands
 * `alone`; else they are left to the service behind it.
 */
export function queryService(
  name: Fault['service'],
  namespace: string,
  actions: Record<string, QueryAction>,
  { alone = false }: { alone?: boolean } = {},
): LocalService {
  return {
    name,
    recognise({ header, formAction }) {
      const { service } = callerOf(header('authorization'))
      if (service !== name || formAction === undefined) return undefined
      return alone || formAction in actions ? formAction : undefined
    },
    refuse: (error) => xmlError(namespace, error),
    async handle(action, { body }) {
      const form = new URLSearchParams(body.toString())
      const found = actions[action]
      if (!found) throw unsupported(`the action ${action} of ${name}`)
      const unknown = [...form.keys()].find(
        (key) => !/^(Action|Version)$/.test(key) && !found.known.test(key),
      )
      if (unknown) throw unsupported(`the parameter ${unknown} of ${action}`)
      const result = written(`${action}Result`, found.answer(form), 'member')
      const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`
      return xml(200, `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`)
    },
  }
}

/** A list is an element of its own with an element `each` for every item: SNS and IAM say member, EC2 says item. */
export function written(name: string, value: XmlValue, each: 'member' | 'item'): string {
  const inner = Array.isArray(value)
    ? value.map((item) => written(each, item, each)).join('')
    : typeof value === 'object'
      ? Object.entries(value)
          .map(([key, it]) => written(key, it, each))
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
