import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { ACCOUNT, REGION } from '../arn.ts'

/** A template as far as it is read here: resources, and outputs. */
export type Template = {
  Description?: string
  Resources: Record<string, Resource>
  Outputs?: Record<string, { Value: unknown; Description?: string }>
}

type Resource = { Type: string; Properties?: Record<string, unknown>; DependsOn?: string | string[] }

/** What is known of a resource that stands: what Ref gives, and what GetAtt does. */
export type Made = { id: string; attributes: Record<string, string> }

/** @throws AwsError ValidationError */
export function readTemplate(body: string): Template {
  // Source: CloudFormation User Guide, cloudformation-limits.
  if (Buffer.byteLength(body) > 51_200) {
    throw templateError(
      "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: 51200",
    )
  }
  let template: Partial<Template>
  try {
    template = JSON.parse(body) as Template
  } catch {
    throw unsupported('a template that is not JSON')
  }
  const known = /^(AWSTemplateFormatVersion|Description|Resources|Outputs)$/
  const section = Object.keys(template).find((it) => !known.test(it))
  if (section !== undefined) throw unsupported(`the section ${section} of a template`)
  const { Resources = {} } = template
  for (const [id, resource] of Object.entries(Resources)) checkResource(id, resource, Resources)
  return { ...template, Resources }
}

function checkResource(id: string, resource: Resource, all: Template['Resources']) {
  const field = Object.keys(resource).find((it) => !/^(Type|Properties|DependsOn)$/.test(it))
  if (field !== undefined) throw unsupported(`${field} of the resource ${id}`)
  const missing = namedBy(resource).find((other) => all[other] === undefined)
  if (missing === undefined) return
  throw templateError(
    `Template format error: Unresolved resource dependencies [${missing}] in the Resources block of the template`,
  )
}

const templateError = (message: string) => new AwsError('ValidationError', message)

/** Ids in the order in which the resources can be made: each after those that it names. */
export function inOrder({ Resources }: Template): string[] {
  const order: string[] = []
  const visit = (id: string, path: string[]) => {
    if (order.includes(id)) return
    if (path.includes(id)) throw templateError(`Circular dependency between resources: [${path.join(', ')}]`)
    for (const other of namedBy(Resources[id] as Resource)) visit(other, [...path, id])
    order.push(id)
  }
  for (const id of Object.keys(Resources)) visit(id, [])
  return order
}

function namedBy({ Properties = {}, DependsOn = [] }: Resource): string[] {
  const found = new Set([DependsOn].flat())
  const look = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, argument] of Object.entries(value)) {
      for (const id of NAMES[name]?.(argument) ?? []) found.add(id)
      look(argument)
    }
  }
  look(Properties)
  return [...found].filter((it) => !it.startsWith('AWS::'))
}

const SUBSTITUTED = /\$\{([^!}][^}]*)\}/g

/** The resources that a function of the template names. */
const NAMES: Record<string, (argument: unknown) => string[]> = {
  Ref: (argument) => [String(argument)],
  'Fn::GetAtt': (argument) => [attributeOf(argument)[0]],
  'Fn::Sub': (argument) =>
    [...String(argument).matchAll(SUBSTITUTED)].map(([, it = '']) => attributeOf(it)[0]),
}

/** `Id.Name` or `[Id, Name]`. */
function attributeOf(argument: unknown): [id: string, name: string] {
  const [id = '', ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.')
  return [id, path.join('.')]
}

/** What stands in the template, with its functions worked out. @throws AwsError LocalAwsUnsupported */
export function resolved(
  value: unknown,
  made: Map<string, Made>,
  stack: { id: string; name: string },
): unknown {
  const pseudo: Record<string, string> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Region': REGION,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
  }
  const known = (what: string, found: string | undefined) => {
    if (found === undefined) throw unsupported(`${what} in a template`)
    return found
  }
  const ref = (id: string) => known(`Ref ${id}`, pseudo[id] ?? made.get(id)?.id)
  const attribute = (argument: unknown) => {
    const [id, name] = attributeOf(argument)
    return known(`${name} of ${id}`, made.get(id)?.attributes[name])
  }
  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: (argument) => ref(String(argument)),
    'Fn::GetAtt': attribute,
    'Fn::Sub': (argument) =>
      String(argument).replaceAll(SUBSTITUTED, (_, id: string) =>
        id.includes('.') ? attribute(id) : ref(id),
      ),
  }
  const work = (it: unknown): unknown => {
    if (Array.isArray(it)) return it.map(work)
    if (typeof it !== 'object' || it === null) return it
    const [[name, argument] = ['', undefined]] = Object.entries(it)
    if (functions[name]) return functions[name](argument)
    if (name.startsWith('Fn::')) throw unsupported(`${name} in a template`)
    return Object.fromEntries(Object.entries(it).map(([key, inner]) => [key, work(inner)]))
  }
  return work(value)
}
