import { z } from 'zod'
import { action } from '../context.ts'
import { AwsError } from '../error.ts'
import { labelsOf, type Secret } from '../secret.ts'
import { describe } from './describe-secret.ts'

const Input = z.strictObject({
  Filters: z
    .array(
      z.strictObject({
        Key: z.enum(['name', 'description', 'tag-key', 'tag-value', 'owning-service']),
        Values: z.array(z.string().min(1)).min(1).max(10),
      }),
    )
    .optional(),
  IncludePlannedDeletion: z.boolean().optional(),
  MaxResults: z.number().int().min(1).max(100).optional(),
  NextToken: z.string().optional(),
  SortOrder: z.enum(['asc', 'desc']).optional(),
})

/** Newest first unless asked for `asc`. Values of one filter are alternatives, filters must all match. */
export const listSecrets = action(Input, ({ state }, input) => {
  const wanted = [...state.secrets.values()].filter(
    (secret) =>
      (input.IncludePlannedDeletion || secret.deletedAt === undefined) &&
      (input.Filters ?? []).every((filter) =>
        filter.Values.some((value) => matches(secret, filter.Key, value)),
      ),
  )
  if (input.SortOrder !== 'asc') wanted.reverse()
  const from = input.NextToken === undefined ? 0 : Number(input.NextToken)
  if (!Number.isInteger(from))
    throw new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.')
  const to = from + (input.MaxResults ?? 100)
  return {
    SecretList: wanted.slice(from, to).map((secret) => ({
      ...describe(secret),
      SecretVersionsToStages: Object.fromEntries(
        [...new Set(secret.labels.values())].map((id) => [id, labelsOf(secret, id)]),
      ),
    })),
    ...(to < wanted.length ? { NextToken: String(to) } : {}),
  }
})

/** Prefix match; a leading `!` negates. Names and tags are case-sensitive. Source: API reference, Filter. */
function matches(secret: Secret, key: string, value: string): boolean {
  if (value.startsWith('!')) return !matches(secret, key, value.slice(1))
  const candidates = {
    name: [secret.name],
    description: [secret.description ?? ''],
    'tag-key': [...secret.tags.keys()],
    'tag-value': [...secret.tags.values()],
    'owning-service': [secret.owningService ?? ''],
  }[key]
  return candidates?.some((it) => it.startsWith(value)) ?? false
}
