import { secretNameOf } from './secret.ts'
import type { Selector } from './selector.ts'

/**
 * The kinds of consumers, by what the config calls them: who uses a secret, and how each takes a new value (`takes`).
 * `form` is the grammar of its name; `hint` what to write.
 * Sources: ECS API reference, CreateCluster and CreateService (names of 255 letters, digits, _ and -); Systems Manager API
 * reference, StartAutomationExecution, DocumentName; IAM API reference, CreateRole.
 */
export const CONSUMERS = {
  ecs: {
    what: 'an ECS service, as cluster/service: it is deployed anew',
    takes: 'deployed anew',
    not: 'is no ECS service',
    form: /^[A-Za-z0-9_-]{1,255}\/[A-Za-z0-9_-]{1,255}$/,
    example: 'shop/orders-api',
    hint: 'write the cluster’s name, a slash and the service’s: shop/orders-api; a service of no named cluster is in default',
  },
  ssm: {
    what: 'a Systems Manager runbook, a document’s name or ARN: it is started',
    takes: 'started',
    not: 'is no Automation document’s name or ARN',
    form: /^([A-Za-z0-9_.-]{3,128}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:document\/[A-Za-z0-9_.-]{3,128})$/,
    example: 'restart-orders',
    hint: '3 to 128 letters, digits and _.- ; or arn:aws:ssm:REGION:ACCOUNT:document/NAME',
  },
  invoke: {
    what: 'a Lambda function’s name or ARN: it is called',
    takes: 'called',
    not: 'is no Lambda function’s name or ARN',
    form: /^[A-Za-z0-9:_-]{1,200}$/,
    example: 'refresh-orders-cache',
    hint: 'letters, digits and :_- ; or arn:aws:lambda:REGION:ACCOUNT:function:NAME',
  },
  observe: {
    what: 'a role’s name or ARN that reads by itself: nothing is done, who has fetched is watched',
    takes: 'reads by itself',
    not: 'is no role’s name or ARN',
    form: /^([\w+=,.@-]{1,64}|arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576})$/,
    example: 'reports-batch',
    hint: 'a role’s name without its path, or arn:aws:iam::ACCOUNT:role/NAME; for a session, write the role that it is of',
  },
} as const

export type ConsumerKind = keyof typeof CONSUMERS

export const CONSUMER_KINDS = Object.keys(CONSUMERS) as ConsumerKind[]

/** Who uses secrets of a schedule. */
export type Consumer = {
  kind: ConsumerKind
  /** As its kind names it: `shop/orders-api`, a document, a function, a role. */
  name: string
  /** Only these secrets of the schedule, by name or ARN; absent: all of them. */
  secrets?: string[]
}

/**
 * What the rotation function does. `single`: one user, whose old password is dead from setSecret on. `alternating`: two
 * users take turns, and the login of before lives until setSecret of the next rotation (test/local/alternating.test.ts).
 */
export const STRATEGIES = ['single', 'alternating'] as const

/** `ecs:shop/orders-api`: what records, findings and commands call it. */
export function consumerId({ kind, name }: Consumer): string {
  return `${kind}:${name}`
}

/** Of these consumers, those of a secret, which is given by name or ARN. */
export function consumersOf(secret: string, consumers: Consumer[] = []): Consumer[] {
  const name = secretNameOf(secret)
  return consumers.filter(({ secrets }) => !secrets || secrets.some((one) => secretNameOf(one) === name))
}

type Having = { secrets: string[]; select?: Selector; consumers?: Consumer[] }

/** Whether a schedule has a secret of the stage's own place, as far as its name shows: of what has tags it never does. */
export function hasByName(name: string, { secrets, select }: Having): boolean {
  if (select) return select.prefix !== undefined && name.startsWith(select.prefix)
  return secrets.some((one) => secretNameOf(one) === name)
}

/** Who uses a secret, as any schedule that has it says: each once. `by`: the schedule that is known to have it. */
export function usersOf(secret: string, schedules: (Having & { name: string })[], by?: string): string[] {
  const name = secretNameOf(secret)
  const having = schedules.filter((one) => one.name === by || hasByName(name, one))
  return [...new Set(having.flatMap(({ consumers }) => consumersOf(secret, consumers).map(consumerId)))]
}

const MOST_SHOWN = 10

/** `ecs:shop/orders-api, observe:reports-batch (of prod/orders/reader)`; so many of them. */
export function consumersText(consumers: Consumer[]): string {
  const shown = consumers
    .slice(0, MOST_SHOWN)
    .map((one) => `${consumerId(one)}${one.secrets ? ` (of ${one.secrets.join(', ')})` : ''}`)
  const more = consumers.length - shown.length
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
