import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { roomsIn, wrongImports } from './rooms.ts'

describe('the table of rooms', () => {
  const rooms = roomsIn(`
| room | may import | idea |
| --- | --- | --- |
| \`src/model\` | nothing | words |
| \`src/aws\` | all above | calls |
| \`src/aws/local\` | \`model\` | a stand-in |
| \`handlers\` | all above | doors |
`)

  it.each([
    ['src/aws/pool.ts', "import { iso } from '../model/time.ts'"],
    ['src/aws/pool.ts', "import { late } from './time-limit.ts'\nimport { z } from 'zod'"],
    ['handlers/rotate.ts', "const { open } = await import('../src/aws/open.ts')"],
    ['src/aws/local/http.ts', "import '../../model/time.ts'"],
  ])('lets %s import what stands above it', (file, source) => {
    expect(wrongImports(rooms, file, source)).toEqual([])
  })

  it.each([
    ['a value', 'src/model/time.ts', "import { pool } from '../aws/pool.ts'"],
    ['a type', 'src/model/time.ts', "import type { Pool } from '../aws/pool.ts'"],
    ['a type in place', 'src/model/time.ts', "type Pool = import('../aws/pool.ts').Pool"],
    ['over several lines', 'src/model/time.ts', "import {\n  pool,\n} from '../aws/pool.ts'"],
    ['what it hands on', 'src/model/time.ts', "export { pool } from '../aws/pool.ts'"],
    ['later', 'src/model/time.ts', "await import('../../handlers/rotate.ts')"],
    ['a room that it is not given', 'src/aws/local/http.ts', "import '../pool.ts'"],
    ['a test', 'src/aws/pool.ts', "import { world } from '../../test/world.ts'"],
  ])('refuses %s', (_what, file, source) => {
    expect(wrongImports(rooms, file, source)).toEqual([expect.stringContaining(`${file} imports `)])
  })

  it('knows every folder', () => {
    expect(wrongImports(rooms, 'src/utils/helper.ts', '')).toEqual([expect.stringContaining('in no room')])
  })

  it('is read from the docs', () => {
    const real = roomsIn(readFileSync('docs/architecture.md', 'utf8'))
    expect(real[0]).toEqual({ path: 'src/model', mayImport: [] })
    expect(real.length).toBeGreaterThan(20)
  })
})
