import type { EC2Client, IpPermission, Route, RouteTable } from '@aws-sdk/client-ec2'

/** What of a VPC decides whether a function in it reaches Secrets Manager. */
export type Network = {
  /** Interface endpoints of Secrets Manager. */
  endpoints: Endpoint[]
  subnets: { id: string; cidr: string }[]
  /** `wayOut`: its default route leads to a NAT gateway or instance, or a transit gateway. */
  routeTables: { subnetIds: string[]; main: boolean; wayOut: boolean }[]
  /** Of the function and of the endpoints. */
  groups: { id: string; ingress: Rule[]; egress: Rule[] }[]
}

export type Endpoint = {
  id: string
  state: string
  privateDns: boolean
  subnetIds: string[]
  groupIds: string[]
}

/** `prefixLists`: what is in them is not looked up, and counts as enough. */
export type Rule = { covers443: boolean; cidrs: string[]; groups: string[]; prefixLists: boolean }

/** Four calls; a VPC's quotas keep each answer on one page. Source: EC2 API reference, the actions' MaxResults. */
export async function readNetwork(
  client: EC2Client,
  vpc: { vpcId: string; groupIds: string[]; region: string },
  options: { abortSignal: AbortSignal },
): Promise<Network> {
  const ec2 = await import('@aws-sdk/client-ec2')
  const inVpc = { Name: 'vpc-id', Values: [vpc.vpcId] }
  const service = { Name: 'service-name', Values: [`com.amazonaws.${vpc.region}.secretsmanager`] }
  const [{ VpcEndpoints = [] }, { RouteTables = [] }, { Subnets = [] }] = await Promise.all([
    client.send(new ec2.DescribeVpcEndpointsCommand({ Filters: [inVpc, service] }), options),
    client.send(new ec2.DescribeRouteTablesCommand({ Filters: [inVpc] }), options),
    client.send(new ec2.DescribeSubnetsCommand({ Filters: [inVpc] }), options),
  ])
  const endpoints = VpcEndpoints.map((it) => ({
    id: it.VpcEndpointId ?? '',
    state: it.State ?? 'in an unknown state',
    privateDns: it.PrivateDnsEnabled ?? false,
    subnetIds: it.SubnetIds ?? [],
    groupIds: (it.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
  }))
  const GroupIds = [...new Set([...vpc.groupIds, ...endpoints.flatMap(({ groupIds }) => groupIds)])]
  const { SecurityGroups = [] } = await client.send(
    new ec2.DescribeSecurityGroupsCommand({ GroupIds }),
    options,
  )
  return {
    endpoints,
    subnets: Subnets.map(({ SubnetId = '', CidrBlock = '' }) => ({ id: SubnetId, cidr: CidrBlock })),
    routeTables: RouteTables.map(routeTable),
    groups: SecurityGroups.map((it) => ({
      id: it.GroupId ?? '',
      ingress: (it.IpPermissions ?? []).map(rule),
      egress: (it.IpPermissionsEgress ?? []).map(rule),
    })),
  }
}

function routeTable({ Associations = [], Routes = [] }: RouteTable): Network['routeTables'][number] {
  return {
    subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    main: Associations.some(({ Main }) => Main === true),
    wayOut: Routes.some(leadsOut),
  }
}

function leadsOut(route: Route): boolean {
  if (route.DestinationCidrBlock !== '0.0.0.0/0' || route.State === 'blackhole') return false
  const { NatGatewayId, TransitGatewayId, NetworkInterfaceId, InstanceId } = route
  return [NatGatewayId, TransitGatewayId, NetworkInterfaceId, InstanceId].some((it) => it !== undefined)
}

/** Protocol -1 is every one, and then there are no ports. Source: EC2 API reference, IpPermission. */
function rule({ IpProtocol, FromPort = 0, ToPort = 65_535, ...to }: IpPermission): Rule {
  return {
    covers443: IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= 443 && 443 <= ToPort),
    cidrs: (to.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
    groups: (to.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    prefixLists: (to.PrefixListIds ?? []).length > 0,
  }
}
