/** One wave in a process of its own: `node --expose-gc bench/fleet-case.ts CASE`, in JSON both ways. */
import type { Case, Figures } from './fleet-figures.ts'

const asked = JSON.parse(process.argv[2] ?? '') as Case
const figures: Figures =
  asked.world === 'http'
    ? await (await import('./fleet-http.ts')).overHttp(asked)
    : await (await import('./fleet-simulated.ts')).simulated(asked)
process.stdout.write(JSON.stringify(figures))
