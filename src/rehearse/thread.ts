import { parentPort } from 'node:worker_threads'
import type { Task } from './groups.ts'
import { runGroup } from './run-group.ts'

/** A thread of a rehearsal: one group at a time. What it throws ends it. */
parentPort?.on('message', async (task: Task) => {
  const load = await runGroup(task, (happened) => parentPort?.postMessage({ happened }))
  parentPort?.postMessage({ load })
})
