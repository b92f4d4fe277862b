import { spawnSync } from 'node:child_process'
import { chmod, chown, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

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

/**
 * Gives `home` to the server's user. A directory around it that `mkdtemp` made is closed to others: let them pass
 * through it, not look into it.
 *
 * @throws Error where a directory further up is in the way
 */
export async function handOver(home: string, as: User) {
  const { mode } = await stat(dirname(home))
  await chmod(dirname(home), (mode & 0o7777) | 0o011)
  await chown(home, as.uid, as.gid)
  if (spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', home], { ...as, cwd: '/' }).status !== 0) {
    throw new Error(
      `PostgreSQL does not run as root but as user ${as.uid}, who cannot reach ${home}. ` +
        'Set TMPDIR to a directory that everybody may pass through, such as /tmp.',
    )
  }
}
