import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Postgres, startPostgres } from '../../src/local/postgres/server.ts'

export type TestDatabase = { database: Postgres; admin: pg.Client; stop(): Promise<void> }

/** A PostgreSQL of the test's own, and its superuser's session. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-test-'))
  const database = await startPostgres({ directory })
  const admin = new pg.Client({ ...database, database: 'postgres' })
  await admin.connect()
  return {
    database,
    admin,
    async stop() {
      await admin.end()
      await database.stop()
      await rm(directory, { recursive: true })
    },
  }
}
