import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startLocalAws } from '../../src/local/aws.ts'
import { identityIn, operator, operatorAtAws } from '../../src/operate/operator.ts'

const OPERATOR = join(import.meta.dirname, '../../src/operate/operator.ts')
const nobody = () => {
  throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' })
}

describe('who is at the keyboard', () => {
  it.each([
    ['has a name', () => ({ username: 'mei' }), { USER: 'ben' }, 'mei'],
    ['has none, in a shell that was told one', nobody, { USER: '', LOGNAME: 'ci' }, 'ci'],
    ['is a number', nobody, {}, `uid-${process.getuid?.()}`],
  ])('%s', (_what, user, env, name) => {
    expect(operator(user, env)).toBe(`${name}@${hostname()}`)
  })

  it.runIf(process.getuid?.() === 0)('may be a uid without a passwd entry, as in containers', async () => {
    const script = `process.setuid(54321); const { operator } = await import('data:text/javascript,' + encodeURIComponent(process.env.CODE)); console.log(operator())`
    const CODE = stripTypeScriptTypes(await readFile(OPERATOR, 'utf8'))
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: process.env.PATH, CODE },
    })
    expect(stdout).toBe(`uid-54321@${hostname()}\n`)
  })
})

describe('whose credentials they are', () => {
  it.each([
    ['arn:aws:sts::123456789012:assumed-role/deployer/ana.lopez', 'deployer/ana.lopez'],
    [
      'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0a1b/ana@example.com',
      'AWSReservedSSO_Admin_0a1b/ana@example.com',
    ],
    ['arn:aws:iam::123456789012:user/ops/ana', 'user/ops/ana'],
    ['arn:aws:iam::123456789012:root', 'root'],
  ])('%s is %s', (arn, expected) => {
    expect(identityIn(arn)).toBe(expected)
  })

  it('stands beside the name where AWS says it, and is left out where nobody answers', async () => {
    const aws = await startLocalAws()
    const before = { ...process.env }
    Object.assign(process.env, aws.env)
    expect(await operatorAtAws()).toBe(`${operator()} (user/local)`)
    await aws.stop()
    expect(await operatorAtAws()).toBe(operator())
    for (const name of Object.keys(aws.env)) delete process.env[name]
    Object.assign(process.env, before)
  })
})
