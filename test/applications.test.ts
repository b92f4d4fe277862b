import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { compileFunction } from 'node:vm'
import pg from 'pg'
import { expect, test } from 'vitest'

const PAGE = readFileSync(join(import.meta.dirname, '../docs/applications.md'), 'utf8')

type Session = { release(end?: boolean): void }
type Connect = () => Promise<Session>

test('the Node.js example: of more callers than a pool has sessions, all get one after a rotation', async () => {
  let password = 'old'
  const sockets = new Set<Socket>()
  const database = createServer((socket) => {
    sockets.add(socket)
    logIn(socket, () => password)
  }).listen(0, '127.0.0.1')
  try {
    await once(database, 'listening')
    const { port } = database.address() as AddressInfo
    const connect = example(() => JSON.stringify({ host: '127.0.0.1', port, username: 'orders', password }))

    ;(await connect()).release(true)
    password = 'new'
    const given = Array.from({ length: 35 }, async () => (await connect()).release(true))
    const late = setTimeout(5_000, 'some wait for good', { ref: false })

    expect(await Promise.race([Promise.all(given).then(() => 'all connected'), late])).toBe('all connected')
  } finally {
    for (const socket of sockets) socket.destroy()
    database.close()
  }
})

/** The page's first JavaScript, with a secret of ours. */
function example(secretString: () => string): Connect {
  const written = /```js\n(.+?)```/s.exec(PAGE)?.[1] ?? ''
  const body = written.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')
  class SecretsManagerClient {
    send = async () => ({ SecretString: secretString() })
  }
  const names = ['pg', 'SecretsManagerClient', 'GetSecretValueCommand']
  return compileFunction(`${body}\nreturn connect`, names)(pg, SecretsManagerClient, Object)
}

/** PostgreSQL's side of a login. Source: PostgreSQL documentation, "Frontend/Backend Protocol", message formats. */
function logIn(socket: Socket, password: () => string): void {
  socket.on('error', () => {})
  socket.once('data', () => {
    socket.write(message('R', [0, 0, 0, 3])) // asks for the password as it is
    socket.once('data', (answer) => {
      const given = answer.subarray(5, -1).toString()
      if (given === password())
        socket.write(Buffer.concat([message('R', [0, 0, 0, 0]), message('Z', Buffer.from('I'))]))
      else socket.end(message('E', Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed\0\0')))
    })
  })
}

function message(type: string, body: Iterable<number>): Buffer {
  const content = Buffer.from([...body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length + 4)
  return Buffer.concat([Buffer.from(type), length, content])
}
