/** A block of IPv4 addresses, both ends included; undefined for anything else. */
function range(cidr: string): [number, number] | undefined {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? []
  if (bits === undefined) return undefined
  const size = 2 ** (32 - Number(bits))
  const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = Math.floor(address / size) * size
  return [first, first + size - 1]
}

/** Whether every address of `inner` is in `outer`: `10.0.0.0/8`. */
export function covers(outer: string, inner: string): boolean {
  const [a, b] = [range(outer), range(inner)]
  return a !== undefined && b !== undefined && a[0] <= b[0] && b[1] <= a[1]
}
