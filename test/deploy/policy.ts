/**
 * IAM's decision, as far as our policies go: Allow and Deny, wildcards in actions and resources, and the conditions that
 * they use. What it does not know is an error, never a yes.
 * Source: IAM User Guide, reference_policies_evaluation-logic, reference_policies_elements_condition_operators.
 */
export type PolicyStatement = {
  Sid?: string
  Effect: string
  Action: string | string[]
  Resource?: string | string[]
  Principal?: Record<string, string | string[]>
  Condition?: Record<string, Record<string, unknown>>
}

export type Request = {
  action: string
  resource: string
  /** Keys of conditions, as the call brings them along. */
  context?: Record<string, string | string[]>
}

/** The statement that decides, or undefined: nothing allows it. */
export function deciding<S extends PolicyStatement>(statements: S[], request: Request): S | undefined {
  const applying = statements.filter((it) => applies(it, request))
  return applying.find(({ Effect }) => Effect === 'Deny') ?? applying[0]
}

export function isAllowed(statements: PolicyStatement[], request: Request): boolean {
  return deciding(statements, request)?.Effect === 'Allow'
}

function applies({ Action, Resource, Condition = {} }: PolicyStatement, request: Request): boolean {
  return (
    list(Action).some((action) => like(action.toLowerCase(), request.action.toLowerCase())) &&
    (Resource === undefined || list(Resource).some((resource) => like(resource, request.resource))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) =>
        holds(operator, list(wanted).map(String), request.context?.[key]),
      ),
    )
  )
}

function holds(operator: string, wanted: string[], given: string | string[] | undefined): boolean {
  const [, all, compare = ''] = /^(ForAllValues:)?(\w+)$/.exec(operator) ?? []
  const one = (value: string) => wanted.some((it) => COMPARE(compare)(it, value))
  if (all) return list(given ?? []).every(one)
  return given !== undefined && list(given).some(one)
}

function COMPARE(operator: string): (wanted: string, given: string) => boolean {
  if (operator === 'StringEquals' || operator === 'Bool') return (wanted, given) => wanted === given
  if (operator === 'StringLike' || operator === 'ArnLike') return like
  throw new Error(`the simulator does not know the condition ${operator}`)
}

function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${expression}$`, 's').test(text)
}

function list<T>(value: T | T[]): T[] {
  return [value].flat() as T[]
}
