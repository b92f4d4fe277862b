import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Why there is no emulator here; the rest of the project does without. */
export class NoEmulator extends Error {}

/** A Python with these packages of PyPI, `name==version`. The first time they are installed, under `.tourbillon/`. */
export async function pythonWith(
  packages: [string, ...string[]],
  say: (text: string) => void,
): Promise<string> {
  const [first] = packages
  const venv = join(
    import.meta.dirname,
    '../../.tourbillon',
    first.replace('==', '-').replaceAll(/\[.*\]/g, ''),
  )
  const python = join(venv, 'bin/python')
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check']
  if (await succeeds(python, [...pip, 'show', ...packages.map((it) => it.replace(/[=[].*/, ''))]))
    return python
  const suitable = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'
  if (!(await succeeds('python3', ['-c', suitable])))
    throw new NoEmulator('it needs Python 3.10 or later with venv, and there is none on this machine')
  say(`installing ${packages.join(', ')} in ${venv}`)
  await rm(venv, { recursive: true, force: true })
  try {
    await run('python3', ['-m', 'venv', venv])
    await run(python, [...pip, 'install', ...packages])
  } catch (error) {
    const why = error instanceof Error ? error.message : error
    throw new NoEmulator(`${packages.join(', ')} could not be installed: ${why}`)
  }
  return python
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  )
}

/** One that nothing listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
