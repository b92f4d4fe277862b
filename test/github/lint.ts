import { execFileSync } from 'node:child_process'

/** What actionlint has against these files, a line each; none is good news. */
export function lintWorkflows(files: string[]): string[] {
  const out = execFileSync(process.execPath, ['test/github/actionlint.ts', ...files], { encoding: 'utf8' })
  return out.split('\n').filter(Boolean)
}

/** `owner/name@ref` of each step, in order. */
export function usedActions(workflow: string): string[] {
  return [...workflow.matchAll(/^\s*(?:- )?uses: (\S+)/gm)].map(([, used = '']) => used)
}
