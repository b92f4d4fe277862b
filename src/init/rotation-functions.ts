import type { Rotating } from './sort-secrets.ts'

/** A role’s own policy names no more without growing too large. */
const MOST = 40

/**
 * The functions that rotate these secrets, as `rotationFunctions` of a stage takes them: names, ARNs where they are of
 * another account or region; where they are too many, the longest beginnings that are few enough.
 */
export function rotationFunctionsOf(rotating: Pick<Rotating, 'entry'>[]): string[] {
  const functions = rotating.flatMap(({ entry: { ARN, RotationLambdaARN } }) => {
    const [, region, account, name] =
      /^arn:[^:]+:lambda:([^:]*):([^:]*):function:([\w-]+)/.exec(RotationLambdaARN ?? '') ?? []
    if (name === undefined) return []
    const [, , , ownRegion, ownAccount] = ARN?.split(':') ?? []
    if (region === ownRegion && account === ownAccount) return name.length < 64 ? name : beginning(name, 63)
    return RotationLambdaARN?.split(':').slice(0, 7).join(':') ?? []
  })
  const names = [...new Set(functions)].sort()
  for (let length = 60; names.length > MOST && length > 0; length--) {
    const shorter = new Set(names.map((name) => (name.startsWith('arn:') ? name : beginning(name, length))))
    if (shorter.size <= MOST) return [...shorter].sort()
  }
  return names
}

function beginning(name: string, length: number): string {
  return name.length <= length ? name : `${name.slice(0, length)}*`
}
