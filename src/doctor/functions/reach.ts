import type { Endpoint, Network, Rule } from './read-network.ts'

type Side = { subnetIds: string[]; groupIds: string[]; endpointNamed: boolean }

/**
 * Why a function in these subnets, with these security groups, cannot reach Secrets Manager: nothing, where it can.
 * Either an interface endpoint that answers to the service's usual name, or a way out. What is not looked at: network
 * ACLs, endpoint policies, firewalls; IPv6.
 */
export function reach(network: Network, side: Side): string[] {
  const byEndpoint = network.endpoints.map((endpoint) => obstaclesOf(endpoint, network, side))
  if (byEndpoint.some((obstacles) => obstacles.length === 0)) return []
  const outside = wayOut(network, side)
  if (outside.length === 0) return []
  const endpoint = byEndpoint.length === 0 ? ['no secretsmanager endpoint in the VPC'] : byEndpoint.flat()
  return [...endpoint, ...outside]
}

function obstaclesOf(endpoint: Endpoint, network: Network, { groupIds, subnetIds, endpointNamed }: Side) {
  const obstacles: string[] = []
  const { id } = endpoint
  if (endpoint.state !== 'available') obstacles.push(`${id} is ${endpoint.state}`)
  if (!endpoint.privateDns && !endpointNamed) obstacles.push(`${id} has no private DNS`)
  const cidrs = cidrsOf(network, subnetIds)
  const enters = (fits: (rule: Rule) => boolean) => anyRule('ingress', endpoint.groupIds, network, fits)
  const byGroup = enters(
    ({ prefixLists, groups }) => prefixLists || groups.some((it) => groupIds.includes(it)),
  )
  // One subnet may be let in by one rule, another by another.
  const bySubnet = cidrs.every((cidr) => enters((rule) => rule.cidrs.some((it) => covers(it, cidr))))
  if (!byGroup && !(bySubnet && cidrs.length > 0))
    obstacles.push(`${id} does not let the function in on 443 (${endpoint.groupIds.join(', ')})`)
  const theirs = cidrsOf(network, endpoint.subnetIds)
  const leaves = (rule: Rule) =>
    rule.prefixLists ||
    rule.groups.some((group) => endpoint.groupIds.includes(group)) ||
    // A rule may name an address inside the endpoint's subnet, which one is not known: that counts.
    theirs.some((cidr) => rule.cidrs.some((it) => covers(it, cidr) || covers(cidr, it)))
  if (!anyRule('egress', groupIds, network, leaves))
    obstacles.push(`its security group lets nothing out to ${id} on 443 (${groupIds.join(', ')})`)
  return obstacles
}

/** A public subnet is none: Lambda's interfaces have no public address. Source: Lambda Developer Guide, configuration-vpc-internet. */
function wayOut(network: Network, { subnetIds, groupIds }: Side): string[] {
  const shut = subnetIds.filter((id) => {
    const table =
      network.routeTables.find((it) => it.subnetIds.includes(id)) ?? network.routeTables.find((it) => it.main)
    return !table?.wayOut
  })
  if (shut.length > 0) return [`no NAT route from ${shut.join(', ')}`]
  const leaves = (rule: Rule) => rule.prefixLists || rule.cidrs.length > 0
  return anyRule('egress', groupIds, network, leaves)
    ? []
    : [`its security group lets nothing out on 443 (${groupIds.join(', ')})`]
}

function anyRule(
  side: 'ingress' | 'egress',
  groupIds: string[],
  network: Network,
  fits: (rule: Rule) => boolean,
): boolean {
  return network.groups.some(
    (group) => groupIds.includes(group.id) && group[side].some((rule) => rule.covers443 && fits(rule)),
  )
}

function cidrsOf({ subnets }: Network, ids: string[]): string[] {
  return subnets.filter(({ id }) => ids.includes(id)).map(({ cidr }) => cidr)
}

/** Whether every address of `inner` is in `outer`: `10.0.0.0/8`. */
export function covers(outer: string, inner: string): boolean {
  const [a, b] = [range(outer), range(inner)]
  return a !== undefined && b !== undefined && a[0] <= b[0] && b[1] <= a[1]
}

/** A block of IPv4 addresses, both ends included; undefined for anything else. */
function range(cidr: string): [number, number] | undefined {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? []
  if (bits === undefined) return undefined
  const size = 2 ** (32 - Number(bits))
  const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = Math.floor(address / size) * size
  return [first, first + size - 1]
}
