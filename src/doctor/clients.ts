import type { EC2Client } from '@aws-sdk/client-ec2'
import type { IAMClient } from '@aws-sdk/client-iam'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import { settingsFor } from '../aws/settings.ts'

/** Clients of a region, made and loaded when first needed: most of them are large. */
export type Clients = {
  lambda(region: string): Promise<LambdaClient>
  ec2(region: string): Promise<EC2Client>
  iam(): Promise<IAMClient>
}

export function openClients(): Clients {
  const lambda = once(async (region: string) => {
    const { LambdaClient } = await import('@aws-sdk/client-lambda')
    return new LambdaClient({ ...settingsFor('patient'), region })
  })
  const ec2 = once(async (region: string) => {
    const { EC2Client } = await import('@aws-sdk/client-ec2')
    return new EC2Client({ ...settingsFor('patient'), region })
  })
  const iam = once(async (_everywhere: 'global') => {
    const { IAMClient } = await import('@aws-sdk/client-iam')
    return new IAMClient({ ...settingsFor('patient') })
  })
  return { lambda, ec2, iam: () => iam('global') }
}

/** What is made once for each key. */
function once<K extends string, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const kept = new Map<K, Promise<T>>()
  return (key) => {
    const known = kept.get(key) ?? make(key)
    kept.set(key, known)
    return known
  }
}
