import { randomUUID } from 'node:crypto'
import { AwsError, unsupported } from '../rehearse/secrets-manager/error.ts'
import type { LocalService } from './http.ts'
import type { LookUps } from './look-ups.ts'
import { element, listIn, refuseUnknown, signedFor, xml } from './protocols/query.ts'

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const SETS = {
  DescribeVpcEndpoints: 'vpcEndpointSet',
  DescribeRouteTables: 'routeTableSet',
  DescribeSubnets: 'subnetSet',
  DescribeSecurityGroups: 'securityGroupInfo',
} as const
const FILTERS: Record<string, string> = { 'vpc-id': 'vpcId', 'service-name': 'serviceName' }

/** EC2's descriptions of a network, in its own dialect of the Query protocol. Source: EC2 API reference. */
export function ec2({ network }: LookUps): LocalService {
  return {
    ...signedFor('ec2'),
    refuse: ({ code, message, status }) =>
      xml(
        status,
        `<Response><Errors>${element('Error', { Code: code, Message: message }, 'item')}</Errors><RequestID>${randomUUID()}</RequestID></Response>`,
      ),
    async handle(action, { body }) {
      if (!(action in SETS)) throw unsupported(`the action ${action} of EC2`)
      const form = new URLSearchParams(body.toString())
      refuseUnknown(action, form, /^(GroupId\.\d+|Filter\.\d+\.(Name|Value\.\d+))$/)
      const set = SETS[action as keyof typeof SETS]
      const ids = listIn(form, 'GroupId')
      const lost = ids.find((id) => !network.securityGroupInfo.some(({ groupId }) => groupId === id))
      if (lost) throw new AwsError('InvalidGroup.NotFound', `The security group '${lost}' does not exist`)
      const filters = filtersIn(form)
      const found = network[set].filter(
        (item) =>
          (ids.length === 0 || ids.includes(String(item.groupId))) &&
          filters.every(({ field, values }) => values.includes(String(item[field]))),
      )
      const answer = element(set, found, 'item')
      return xml(
        200,
        `<${action}Response xmlns="${NAMESPACE}"><requestId>${randomUUID()}</requestId>${answer}</${action}Response>`,
      )
    },
  }
}

function filtersIn(form: URLSearchParams): { field: string; values: string[] }[] {
  const found: { field: string; values: string[] }[] = []
  for (let n = 1; form.has(`Filter.${n}.Name`); n++) {
    const name = form.get(`Filter.${n}.Name`) ?? ''
    const field = FILTERS[name]
    if (field === undefined) throw unsupported(`the filter ${name} of EC2`)
    found.push({ field, values: listIn(form, `Filter.${n}.Value`) })
  }
  return found
}
