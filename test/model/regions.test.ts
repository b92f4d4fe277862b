import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { REGIONS } from '../../src/model/regions.ts'

/** What the installed SDK makes endpoints of: no API of it lists them. */
const PARTITIONS = 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js'

it('knows every region that the SDK knows', () => {
  const text = readFileSync(PARTITIONS, 'utf8')
  const listed = [...text.matchAll(/"([a-z]{2,4}(?:-[a-z]+)+-\d)":/g)].map(([, region]) => region)
  expect(listed.length).toBeGreaterThan(30)
  expect(listed.filter((region) => !REGIONS.includes(region ?? ''))).toEqual([])
})
