import { proveCaller } from '../../src/aws/prove-caller.ts'
import type { CallerProof, Deed } from '../../src/model/caller.ts'
import type { Stage } from './stage.ts'
import { type Ended, tourbillon } from './tourbillon.ts'

/** People at a stage, by the ARNs that STS knows them by, each with a key of the local AWS, as a role's sessions have. */
export function people<Person extends string>(arns: Record<Person, string>, stage: () => Stage) {
  const keysOf = (person: Person) => ({
    AWS_ACCESS_KEY_ID: `KEY${person}`,
    AWS_SECRET_ACCESS_KEY: `secret of ${person}`,
    // Letters that a signature has to escape.
    AWS_SESSION_TOKEN: `t+o/k=${person}`,
  })
  return {
    /** Makes their keys known to STS. */
    arrive(): void {
      for (const [person, arn] of Object.entries<string>(arns)) {
        const { AWS_ACCESS_KEY_ID: key, ...rest } = keysOf(person as Person)
        const { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: sessionToken } = rest
        stage().aws.callers.set(key, { secret, arn, sessionToken })
      }
    },
    /** A command of somebody's. */
    as(person: Person, ...args: string[]): Promise<Ended> {
      const { aws, file } = stage()
      return tourbillon([...args, '--config', file], { env: { ...aws.env, ...keysOf(person) } })
    },
    /** What somebody's own machine signs. */
    async proofOf(person: Person, deed: Deed, env: Record<string, string> = {}): Promise<CallerProof> {
      const before = { ...process.env }
      Object.assign(process.env, keysOf(person), env)
      const { proof, why } = await proveCaller(deed)
      Object.assign(process.env, before)
      if (!proof) throw new Error(why)
      return proof
    },
  }
}
