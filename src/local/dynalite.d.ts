declare module 'dynalite' {
  import type { Server } from 'node:http'
  /** The part of dynalite that we use; it ships no types. */
  export default function dynalite(options: {
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }): Server
}
