export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`
}

export function ms(time: number): string {
  return `${time.toFixed(time < 10 ? 1 : 0)} ms`
}
