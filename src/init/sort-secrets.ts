import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { isReplica, isSecretId } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import { DAY } from '../model/time.ts'
import { countedFrom } from '../model/under-policy.ts'
import { type Rule, translateRule } from './native-rule.ts'

/** Why a secret stands in no schedule; the sections of the file and of the summary, in this order. */
export const APART = {
  unclear: 'not understood: write a schedule for them yourself',
  managed: 'rotated by the service that owns them; Tourbillon can rotate them, too',
  partner: 'rotated with a partner; Tourbillon can rotate them, too',
  'no rule': 'with a rotation function, and no rule: they rotate on demand only',
  off: 'their rotation is switched off',
  never: 'without rotation, the oldest first',
  replica: 'replicas: they rotate in their primary region',
  deleted: 'to be deleted',
} as const

export type ApartKind = keyof typeof APART

/** A secret that no schedule has, and what there is to know of it, on one line. */
export type Apart = { kind: ApartKind; name: string; detail: string }

/** A secret that rotates by itself, and by which rule. */
export type Rotating = { name: string; entry: SecretListEntry; rule: Rule }

export type Sorted = {
  rotating: Rotating[]
  /** Managed and partners' ones that rotate by themselves: schedules for them are proposed, and no more. */
  proposed: Rotating[]
  apart: Apart[]
}

/** Every secret at one place, by what stands in its list entry. `now`: epoch ms. */
export function sortSecrets(entries: SecretListEntry[], now: number): Sorted {
  const sorted: Sorted = { rotating: [], proposed: [], apart: [] }
  const byAge = (entry: SecretListEntry) => countedFrom(entry)?.at ?? Number.NEGATIVE_INFINITY
  for (const entry of entries.toSorted((a, b) => byAge(a) - byAge(b) || compare(a.Name, b.Name))) {
    const name = oneLine(entry.Name ?? entry.ARN ?? '')
    const { kind, detail, rule } = standing(entry, now)
    const isOthers = kind === 'managed' || kind === 'partner'
    if (rule) (isOthers ? sorted.proposed : sorted.rotating).push({ name, entry, rule })
    if (kind !== undefined) sorted.apart.push({ kind, name, detail })
  }
  return sorted
}

type Standing = { kind?: ApartKind; detail: string; rule?: Rule }

function standing(entry: SecretListEntry, now: number): Standing {
  if (entry.DeletedDate) return { kind: 'deleted', detail: `deleted ${dateOf(entry.DeletedDate)}` }
  if (isReplica(entry)) return { kind: 'replica', detail: `of ${entry.PrimaryRegion}` }
  if (!isSecretId(entry.Name ?? '') || entry.Name?.startsWith('arn:'))
    return { kind: 'unclear', detail: 'no name that Secrets Manager’s own rules allow' }
  const rule = translateRule(entry, now)
  const age = ageOf(entry, now)
  if (entry.OwningService ?? entry.Type) return othersStanding(entry, rule, age)
  return entry.RotationEnabled ? onStanding(entry, rule, age) : offStanding(entry, rule, age)
}

type ReadRule = ReturnType<typeof translateRule>

function onStanding({ RotationLambdaARN }: SecretListEntry, rule: ReadRule, age: string): Standing {
  if (!RotationLambdaARN) {
    const detail = 'rotation is on, and nothing here rotates it: a replica of another account?'
    return { kind: 'unclear', detail }
  }
  if (rule === undefined) return { kind: 'no rule', detail: age }
  if ('unreadable' in rule)
    return { kind: 'unclear', detail: `${oneLine(rule.native)}: ${oneLine(rule.unreadable)}` }
  return { detail: age, rule }
}

/** The rule stays where rotation was switched off. Source: API reference, DescribeSecret, RotationRules. */
function offStanding({ RotationLambdaARN }: SecretListEntry, rule: ReadRule, age: string): Standing {
  if (rule !== undefined) return { kind: 'off', detail: `it was ${oneLine(rule.native)}; ${age}` }
  return { kind: RotationLambdaARN ? 'off' : 'never', detail: age }
}

function othersStanding(
  { OwningService, Type, RotationEnabled }: SecretListEntry,
  rule: ReadRule,
  age: string,
): Standing {
  const kind = OwningService === undefined ? 'partner' : 'managed'
  const whose = oneLine(`by ${OwningService ?? Type}`)
  if (!RotationEnabled) return { kind, detail: `${whose}, without rotation; ${age}` }
  if (rule === undefined) return { kind, detail: `${whose}, without a rule; ${age}` }
  const detail = `${whose}: ${oneLine(rule.native)}`
  return 'unreadable' in rule ? { kind, detail } : { kind, detail, rule }
}

function ageOf(entry: SecretListEntry, now: number): string {
  const since = countedFrom(entry)
  if (since === undefined) return 'of unknown age'
  const days = Math.max(0, Math.floor((now - since.at) / DAY))
  return `${since.rotated ? 'rotated' : 'created'} ${dateOf(new Date(since.at))}, ${days} d ago`
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : 1
}
