import type { Command } from './command.ts'

/** Every command, in the order of `--help`, loaded when it is asked for: with it comes its part of the AWS SDK. */
export const commands: { name: string; load(): Promise<Command> }[] = [
  { name: 'init', load: async () => (await import('./init.ts')).init },
  { name: 'validate', load: async () => (await import('./validate.ts')).validate },
  { name: 'next', load: async () => (await import('./next.ts')).next },
  { name: 'calendar', load: async () => (await import('./calendar.ts')).calendar },
  { name: 'explain', load: async () => (await import('./explain.ts')).explain },
  { name: 'diff', load: async () => (await import('./diff.ts')).diff },
  { name: 'permissions', load: async () => (await import('./permissions.ts')).permissions },
  { name: 'plan', load: async () => (await import('./plan.ts')).plan },
  { name: 'doctor', load: async () => (await import('./doctor.ts')).doctor },
  { name: 'verify', load: async () => (await import('./verify.ts')).verify },
  { name: 'run', load: async () => (await import('./run.ts')).run },
  { name: 'skip', load: async () => (await import('./skip.ts')).skip },
  { name: 'cancel', load: async () => (await import('./cancel.ts')).cancel },
  { name: 'status', load: async () => (await import('./status.ts')).status },
  { name: 'console', load: async () => (await import('./console.ts')).openConsole },
  { name: 'history', load: async () => (await import('./history.ts')).history },
  { name: 'show', load: async () => (await import('./show.ts')).show },
  { name: 'consumers', load: async () => (await import('./consumers.ts')).consumers },
  { name: 'report', load: async () => (await import('./report.ts')).report },
  { name: 'approve', load: async () => (await import('./approve.ts')).approve },
  { name: 'reject', load: async () => (await import('./reject.ts')).reject },
  { name: 'hold', load: async () => (await import('./hold.ts')).hold },
  { name: 'release', load: async () => (await import('./release.ts')).release },
  { name: 'unstick', load: async () => (await import('./unstick.ts')).unstick },
]
