import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MOST_IDLE_MS } from '../../src/aws/fresh-agent.ts'
import { settingsFor } from '../../src/aws/settings.ts'
import { within } from '../busy.ts'

const ends: (() => void)[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0)) end()
})

/** A server on which every connection comes to this; it counts them. */
async function server(each: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const it = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    each(socket)
  })
  it.listen(0, '127.0.0.1')
  await once(it, 'listening')
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    it.close()
  })
  return { endpoint: `http://127.0.0.1:${(it.address() as AddressInfo).port}`, sockets }
}

const waits = { connectMs: 200, answerMs: 150 }
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

async function describeSecret(endpoint: string, purpose: Parameters<typeof settingsFor>[0]) {
  const client = new SecretsManagerClient({
    ...settingsFor(purpose, waits),
    ...{ endpoint, region: 'eu-central-1', credentials },
  })
  const began = Date.now()
  const error = await client.send(new DescribeSecretCommand({ SecretId: 'app' })).catch((it: Error) => it)
  return { error, tookMs: Date.now() - began }
}

describe('a call on a connection that hangs', () => {
  it.each([
    ['before a byte of the answer', () => {}],
    [
      'after the answer’s head',
      (socket: Socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n')),
    ],
    [
      'amid the answer',
      (socket: Socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"ARN":')),
    ],
  ])('ends in time, and is sent once where that is its purpose: %s', async (_, each) => {
    const { endpoint, sockets } = await server(each)
    const { error, tookMs } = await describeSecret(endpoint, 'once')
    expect(error).toMatchObject({ name: 'TimeoutError' })
    expect(tookMs).toBeGreaterThanOrEqual(waits.answerMs - 5)
    expect(tookMs).toBeLessThan(within(1_000))
    // On a busy machine the call may end before the server hears of its connection.
    await expect.poll(() => sockets.length).toBeGreaterThan(0)
    expect(sockets).toHaveLength(1)
  })

  it('is tried again on another connection where that does no harm', async () => {
    const { endpoint, sockets } = await server(() => {})
    const { error, tookMs } = await describeSecret(endpoint, 'repeatable')
    expect(error).toMatchObject({ name: 'TimeoutError' })
    expect(sockets).toHaveLength(3)
    expect(tookMs).toBeLessThan(within(3_000))
  })
})

describe('a call that AWS throttles', () => {
  const refusal = JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' })
  const throttles = (socket: Socket) =>
    socket.on('data', () =>
      socket.write(`HTTP/1.1 400 Bad Request\r\ncontent-length: ${refusal.length}\r\n\r\n${refusal}`),
    )

  it('pauses for fractions of a second in all where an instant is to be kept', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const { endpoint } = await server(throttles)
    const { error } = await describeSecret(endpoint, 'prompt')
    expect(error).toMatchObject({ name: 'ThrottlingException' })
    expect(error).toMatchObject({ $metadata: { attempts: 3, totalRetryDelay: 99 + 199 } })
  })
})

/** What does not run in a Lambda function, or beside one: the local AWS, and the demo that starts it. */
const EXEMPT = /^src\/(local|demo)\//

it('every client of the product has these settings', () => {
  const sources = ['src', 'handlers'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .map((path) => join(root, path))
      .filter((path) => /\.tsx?$/.test(path) && !EXEMPT.test(path)),
  )
  const bare = sources.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/new \w+Client\((?!settingsFor\(|\{\s*\.\.\.settings)/g)].map(
      ([found]) => `${path}: ${found}`,
    ),
  )
  expect(sources.length).toBeGreaterThan(100)
  expect(bare).toEqual([])
})

describe('connections that died silently while nobody used them', () => {
  /** Answers the first request on a connection, and none after it: frozen meanwhile, the other side has gone. */
  const diesOnceIdle = (socket: Socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'))

  async function callsAfter(idleMs: number) {
    const { endpoint, sockets } = await server(diesOnceIdle)
    const settings = settingsFor('once', { connectMs: 1_000, answerMs: 400 })
    const client = new SecretsManagerClient({ ...settings, endpoint, region: 'eu-central-1', credentials })
    const look = () => client.send(new DescribeSecretCommand({ SecretId: 'app' })).catch((it: Error) => it)
    // Three at once, as the gate reads: all three connections are idle afterwards.
    await Promise.all([look(), look(), look()])
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + idleMs)
    const ends = await Promise.all([look(), look(), look()])
    clock.mockRestore()
    client.destroy()
    return { failed: ends.filter((it) => it instanceof Error).length, connections: sockets.length }
  }

  it('are not used after a freeze: each call has a new one at once', async () => {
    expect(await callsAfter(MOST_IDLE_MS + 1)).toEqual({ failed: 0, connections: 6 })
  })

  it('are used while they are fresh: the call at the instant has that of the look before it', async () => {
    expect(await callsAfter(5_500)).toEqual({ failed: 3, connections: 3 })
  })
})
