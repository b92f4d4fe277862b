import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { action } from '../context.ts'
import { invalidParameter } from '../error.ts'

const Input = z.strictObject({
  PasswordLength: z.number().int().min(1).max(4096).optional(),
  ExcludeCharacters: z.string().max(4096).optional(),
  ExcludeNumbers: z.boolean().optional(),
  ExcludePunctuation: z.boolean().optional(),
  ExcludeUppercase: z.boolean().optional(),
  ExcludeLowercase: z.boolean().optional(),
  IncludeSpace: z.boolean().optional(),
  RequireEachIncludedType: z.boolean().optional(),
})

export const getRandomPassword = action(Input, (_, input) => ({
  RandomPassword: randomPassword(input),
}))

/** 32 characters of every kind unless told otherwise. Source: API reference, GetRandomPassword. */
export function randomPassword(input: z.output<typeof Input>): string {
  const length = input.PasswordLength ?? 32
  const excluded = new Set(input.ExcludeCharacters)
  const kinds = [
    input.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers ? '' : '0123456789',
    input.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    input.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !excluded.has(character)))
    .filter((kind) => kind.length > 0)
  const all = kinds.flat()
  const required = input.RequireEachIncludedType === false ? [] : kinds
  if (all.length === 0 || required.length > length) {
    throw invalidParameter('The password length and the excluded characters leave no password.')
  }
  const password = required.map(pick)
  while (password.length < length) password.push(pick(all))
  return shuffle(password).join('')
}

function pick(characters: string[]): string {
  return characters[randomInt(characters.length)] ?? ''
}

function shuffle(items: string[]): string[] {
  return items
    .map((item) => ({ item, key: randomInt(2 ** 47) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
