import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
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
  try {
    for (const { path, text } of files) done.push({ path, status: await createOne(root, path, text) })
    return done
  } finally {
    // Unless somebody else's drafts are in it.
    await rmdir(join(root, DRAFTS)).catch(() => {})
  }
}

async function createOne(root: string, path: string, text: string): Promise<Created['status']> {
  try {
    const target = join(root, path)
    const created = !(await exists(target)) && (await create(target, text, join(root, DRAFTS)))
    return created ? 'created' : 'kept'
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new CannotDo(`cannot write ${path}: ${error.message}`, {
      hint: 'check the folder’s permissions, and run it again: what is there already stays',
      cause: error,
    })
  }
}

/** Whether anything has this name: a link that leads nowhere, too. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Where files are written before they are there; `.gitignore` has it. */
const DRAFTS = '.tourbillon'

/** Whether it was we who created it. */
async function create(path: string, text: string, drafts: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  await mkdir(drafts, { recursive: true })
  const draft = join(drafts, randomUUID())
  try {
    await writeFile(draft, text)
    // Fails where somebody was faster; a rename would replace theirs.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error
      // A file system without hard links.
      return copyFile(draft, path, constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}
