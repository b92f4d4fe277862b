import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { CannotDo } from '../model/errors.ts'
import type { Terminal } from './command.ts'

/** Where a long result goes, piece by piece. */
export type Output = {
  write(text: string): Promise<void>
  /** Everything is written: only now is the file there under its name. */
  end(): Promise<void>
  /** Leaves nothing behind. */
  giveUp(): Promise<void>
}

/** Into a file, complete or not at all; without one, stdout. Throws CannotDo. */
export async function openOutput(file: string | undefined, terminal: Terminal): Promise<Output> {
  if (file === undefined) {
    const write = async (text: string) => {
      terminal.out(text)
      await terminal.room()
    }
    return { write, end: async () => {}, giveUp: async () => {} }
  }
  // A link stays one. What is no file, a pipe or /dev/stdout, takes the text as it comes: nothing may replace it.
  const target = await realpath(file).catch(() => file)
  const isSpecial = await stat(target).then(
    (it) => !it.isFile(),
    () => false,
  )
  const part = isSpecial ? target : `${target}.part`
  const orCannotWrite = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: Error) => {
      throw new CannotDo(`cannot write ${file}: ${error.message}`, {
        hint: 'check the path, and the room on disk',
      })
    })
  const handle = await orCannotWrite(open(part, 'w'))
  // Many short lines make few writes.
  let waiting = ''
  const flush = async () => {
    await orCannotWrite(handle.writeFile(waiting))
    waiting = ''
  }
  return {
    async write(text) {
      waiting += text
      if (waiting.length > 65_536) await flush()
    },
    async end() {
      await flush()
      await handle.close()
      if (!isSpecial) await orCannotWrite(rename(part, target))
    },
    async giveUp() {
      await handle.close()
      if (!isSpecial) await rm(part, { force: true })
    },
  }
}
