/** A process that starts a database below the given directory, says where, and waits to be killed. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostgres } from '../../src/local/postgres/server.ts'

const directory = await mkdtemp(join(process.argv[2] ?? '', 'serve-'))
await writeFile(join(directory, 'neighbour'), 'a file that the database knows nothing of')
await startPostgres({ directory, ownDirectory: true, log: console.log })
const lock = await readFile(join(directory, 'postgres', 'data', 'postmaster.pid'), 'utf8')
console.log('ready', directory, lock.split('\n')[0])
setInterval(() => {}, 60_000)
