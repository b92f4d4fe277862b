import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Which room may import which, types included: the table of docs/architecture.md, held to every file. `npm run check`
 * runs it. Rooms stand in order, and each may import those above it; where its second column names some, only those.
 */
const TABLE = 'docs/architecture.md'

export type Room = { path: string; mayImport: string[] }

/** The table's rows: | `src/model` | nothing | its idea |. */
export function roomsIn(markdown: string): Room[] {
  const rows = [...markdown.matchAll(/^\| `((?:src|handlers)[\w/]*)` \| ([^|]*) \|/gm)]
  return rows.map(([, path = '', column = ''], index) => {
    const above = rows.slice(0, index).map(([, it = '']) => it)
    const named = [...column.matchAll(/`([\w/]+)`/g)].map(([, name]) => `src/${name}`)
    return { path, mayImport: column.trim() === 'all above' ? above : named }
  })
}

/** What is wrong with a file's imports, a line each. A relative path in quotes that ends as a module does is an import. */
export function wrongImports(rooms: Room[], file: string, source: string): string[] {
  const own = roomOf(rooms, file)
  if (own === undefined) return [`${file} is in no room of ${TABLE}`]
  const imported = [...source.matchAll(/(['"])(\.{1,2}\/[^'"\n]*\.(?:tsx?|css))\1/g)].map(([, , path = '']) =>
    join(dirname(file), path),
  )
  return imported.flatMap((target) => {
    const room = roomOf(rooms, target)
    if (room === own || (room && own.mayImport.includes(room.path))) return []
    return [`${file} imports ${target}: ${own.path} may not, by the table of ${TABLE}`]
  })
}

/** `src/console/page` before `src/console`: the longest path counts. */
function roomOf(rooms: Room[], file: string): Room | undefined {
  return rooms
    .filter(({ path }) => file.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

if (import.meta.main) {
  const rooms = roomsIn(readFileSync(TABLE, 'utf8'))
  const wrong = globSync('{src,handlers}/**/*.{ts,tsx}').flatMap((file) =>
    wrongImports(rooms, file, readFileSync(file, 'utf8')),
  )
  for (const line of wrong) console.error(line)
  if (wrong.length > 0 || rooms.length === 0) process.exit(1)
}
