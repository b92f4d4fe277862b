import { randomBytes } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
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

/** What every option that takes a file means by `-`; a file of that name is `./-`. */
export function isStdout(file: unknown): boolean {
  return file === '-'
}

/** Into a file, complete or not at all; without one, or with `-`, stdout. Throws CannotDo. */
export async function openOutput(file: string | undefined, terminal: Terminal): Promise<Output> {
  if (file === undefined || isStdout(file)) {
    const write = async (text: string) => {
      terminal.out(text)
      await terminal.room()
    }
    return { write, end: async () => {}, giveUp: async () => {} }
  }
  const { target, part, isSpecial, handle } = await openPart(file)
  // Many short lines make few writes.
  let waiting = ''
  const flush = async () => {
    await orCannotWrite(file, handle.writeFile(waiting))
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
      if (!isSpecial) await orCannotWrite(file, rename(part, target))
    },
    async giveUp() {
      await handle.close()
      if (!isSpecial) await rm(part, { force: true })
    },
  }
}

/** Whether a file could be written, which is left as it is. Throws CannotDo. */
export async function tryOutput(file: string | undefined): Promise<void> {
  if (file === undefined || isStdout(file) || (await isSpecialFile(file))) return
  const { part, handle } = await openPart(file)
  await handle.close()
  await rm(part, { force: true })
}

/** What its text goes to first: a file of its own name beside it. Throws CannotDo. */
async function openPart(file: string) {
  // A link stays one. What is no file, a pipe or /dev/stdout, takes the text as it comes: nothing may replace it.
  const target = await realpath(file).catch(() => file)
  const isSpecial = await isSpecialFile(target)
  const part = isSpecial ? target : `${target}.${randomBytes(4).toString('hex')}.part`
  return { target, part, isSpecial, handle: await orCannotWrite(file, open(part, isSpecial ? 'w' : 'wx')) }
}

function isSpecialFile(path: string): Promise<boolean> {
  return stat(path).then(
    (it) => !it.isFile(),
    () => false,
  )
}

async function orCannotWrite<T>(file: string, work: Promise<T>): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    // The words of Node have the name of the part in them, which nobody has asked for.
    const isNowhere = error.code === 'ENOENT'
    throw new CannotDo(
      `cannot write ${file}: ${isNowhere ? `there is no folder ${dirname(file)}` : error.message}`,
      {
        hint: isNowhere
          ? 'make the folder, or check the path'
          : 'check the path, who may write there, and the room on disk',
        cause: error,
      },
    )
  })
}
