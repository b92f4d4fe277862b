import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shellQuoted } from '../model/pasteable.ts'

const FOLDER = '.tourbillon'

/** For the shell: `. .tourbillon/local.env`, in sh, bash and zsh. */
export const ENV_FILE = `${FOLDER}/local.env`

/**
 * Writes an environment to be read in by a shell, for nobody else to read and for git to leave alone, in a folder of this
 * directory. Answers with what takes it away again.
 */
export async function writeEnvFile(env: Record<string, string>): Promise<() => Promise<void>> {
  const folder = join(process.cwd(), FOLDER)
  const [file, ignore] = [join(folder, 'local.env'), join(folder, '.gitignore')]
  await mkdir(folder, { recursive: true })
  // Python’s SDK looks for a profile without a name.
  const lines = Object.entries(env).map(([name, value]) =>
    value === '' ? `unset ${name}\n` : `export ${name}=${shellQuoted(value)}\n`,
  )
  // One that others may read would stay so.
  await rm(file, { force: true })
  const text = lines.join('')
  await writeFile(file, text, { mode: 0o600, flag: 'wx' })
  await writeFile(ignore, '*\n')
  return async () => {
    // Another local AWS may have been started here since.
    if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) return
    await Promise.all([file, ignore].map((it) => rm(it, { force: true })))
    // Others may keep something there.
    await rmdir(folder).catch(() => {})
  }
}
