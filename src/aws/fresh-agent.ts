import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * A connection that has been idle for longer is not used any more, ms. While Lambda has a process frozen, its
 * connections die without a word, and the first call on each costs all of `answerMs` before another one is opened. Much
 * more than there is between the look before an instant and the call at it, which is to find that connection open.
 */
export const MOST_IDLE_MS = 15_000

/** By the wall clock: timers, and what runs them, stand still in a frozen process. Epoch ms. */
const idleSince = new WeakMap<Duplex, number>()

type Pool = { freeSockets: NodeJS.ReadOnlyDict<Socket[]> }

/** Destroyed first, so that `agentRemove`, by which an agent lets go of a socket at once, finds it among the idle ones. */
function dropStale({ freeSockets }: Pool): void {
  const oldest = Date.now() - MOST_IDLE_MS
  for (const socket of Object.values(freeSockets).flatMap((sockets = []) => sockets)) {
    if ((idleSince.get(socket) ?? 0) >= oldest) continue
    socket.destroy()
    socket.emit('agentRemove')
  }
}

// `addRequest` is what a request asks its agent by; it is in no type, and overridden by all agents there are.
type AddRequest = { addRequest(...args: unknown[]): void }

class FreshHttpAgent extends HttpAgent {
  addRequest(...args: unknown[]): void {
    dropStale(this)
    ;(HttpAgent.prototype as unknown as AddRequest).addRequest.apply(this, args)
  }
  override keepSocketAlive(stream: Duplex): void {
    idleSince.set(stream, Date.now())
    // biome-ignore lint/correctness/noVoidTypeReturn: Node's types have void; it answers whether the socket is kept.
    return super.keepSocketAlive(stream)
  }
}

class FreshHttpsAgent extends HttpsAgent {
  addRequest(...args: unknown[]): void {
    dropStale(this)
    ;(HttpsAgent.prototype as unknown as AddRequest).addRequest.apply(this, args)
  }
  override keepSocketAlive(stream: Duplex): void {
    idleSince.set(stream, Date.now())
    // biome-ignore lint/correctness/noVoidTypeReturn: as above.
    return super.keepSocketAlive(stream)
  }
}

/** Agents that keep connections open, and use none that may have died meanwhile. */
export function createFreshAgents(options: AgentOptions) {
  return {
    httpAgent: new FreshHttpAgent({ keepAlive: true, ...options }),
    httpsAgent: new FreshHttpsAgent({ keepAlive: true, ...options }),
  }
}
