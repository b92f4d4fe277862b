import { link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CannotDo } from '../model/errors.ts'

/** A file of a new repository: its path from the repository's root, and its text. */
export type NewFile = { path: string; text: string }

/** What became of it: nothing that was there is ever changed. */
export type Created = { path: string; status: 'created' | 'kept' }

/**
 * Creates what is not there yet, in this order. Each file is there whole or not at all, so that whoever is killed
 * half-way runs it again, and the second run does the rest. Throws CannotDo.
 */
export async function createFiles(root: string, files: NewFile[]): Promise<Created[]> {
  const done: Created[] = []
  for (const { path, text } of files) {
    try {
      done.push({ path, status: await create(join(root, path), text) })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      throw new CannotDo(`cannot write ${path}: ${error.message}`, {
        hint: 'check the folder’s permissions, and run it again: what is there already stays',
        cause: error,
      })
    }
  }
  return done
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function create(path: string, text: string): Promise<Created['status']> {
  if (await exists(path)) return 'kept'
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.unfinished`
  await writeFile(unfinished, text)
  try {
    // Fails where somebody was faster; a rename would replace theirs.
    await link(unfinished, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EEXIST') return 'kept'
    // A file system without hard links.
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
  return 'created'
}
