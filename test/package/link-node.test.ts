import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const SCRIPT = join(import.meta.dirname, '../../host/link-node.js')
const LINK = 'node_modules/.bin/node'

let checkout: string
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'tourbillon-link-'))
  mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true })
})
afterEach(() => rmSync(checkout, { recursive: true }))

const prepare = () => execFileSync(process.execPath, [SCRIPT], { cwd: checkout })
const install = (name: string) => {
  mkdirSync(join(checkout, 'node_modules', name, 'bin'), { recursive: true })
  writeFileSync(join(checkout, 'node_modules', name, 'bin/node'), '')
}

it.each([`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`])(
  '%s goes before the host’s Node, where npm 10 has removed its link',
  (name) => {
    install(name)
    prepare()
    expect(readlinkSync(join(checkout, LINK))).toBe(`../${name}/bin/node`)
  },
)

it('leaves npm’s own link alone, and a platform without a Node of ours', () => {
  prepare()
  expect(() => readlinkSync(join(checkout, LINK))).toThrow('ENOENT')
  install(`node-${process.platform}-${process.arch}`)
  symlinkSync('/somewhere/node', join(checkout, LINK))
  prepare()
  expect(readlinkSync(join(checkout, LINK))).toBe('/somewhere/node')
})
