import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { openPorts } from '../../src/runtime/open-ports.ts'

it('RotateSecret goes out by the connection that the look before it has opened', async () => {
  let connections = 0
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(String(request.headers['x-amz-target']).split('.')[1] ?? '')
    request.resume()
    response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"VersionId":"v"}')
  })
  server.on('connection', () => void connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
  })
  const { secrets } = openPorts({ stage: 't', version: '0', freezes: [], schedules: [] }, 'table')
  await secrets.describe('app')
  expect(await secrets.rotate('app', 't'.repeat(36))).toEqual({ versionId: 'v' })
  expect(asked).toEqual(['DescribeSecret', 'RotateSecret'])
  expect(connections).toBe(1)
  server.closeAllConnections()
  server.close()
})
