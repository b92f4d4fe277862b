import { chmod, readFile, stat } from 'node:fs/promises'

export type User = { uid: number; gid: number }

/**
 * Whom root runs the server as: `nobody`, else the first account that is not root. `undefined` for everyone else, who
 * run it as themselves. The account must exist: PostgreSQL looks up its own name.
 */
export async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }))
    .filter((account) => account.uid !== 0)
  const account = accounts.find(({ name }) => name === 'nobody') ?? accounts[0]
  if (!account)
    throw new Error('PostgreSQL does not run as root, and /etc/passwd has no other account to run it as.')
  return { uid: account.uid, gid: account.gid }
}

/** A directory that `mkdtemp` made is closed to others; let them pass through it, not look into it. */
export async function letThrough(directory: string) {
  const { mode } = await stat(directory)
  await chmod(directory, (mode & 0o7777) | 0o011)
}
