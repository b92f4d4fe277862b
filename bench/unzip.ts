import { inflateRawSync } from 'node:zlib'
import type { ZipEntry } from '../src/deploy/zip.ts'

const LOCAL_SIGNATURE = 0x04034b50

/** The files of an archive that `src/deploy/zip.ts` made: sizes stand in each local header. */
export function unzip(archive: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  while (archive.readUInt32LE(at) === LOCAL_SIGNATURE) {
    const [size, name] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)]
    const content = at + 30 + name
    entries.push({
      path: archive.toString('utf8', at + 30, content),
      content: inflateRawSync(archive.subarray(content, content + size)),
    })
    at = content + size
  }
  return entries
}
