import { type ChildProcess, spawn } from 'node:child_process'
import { dirname } from 'node:path'

/**
 * A shell that waits for this process to end, however it ends (a killed process runs no handler): its end of a pipe
 * closes then. It stops the server whose files are in `home` and removes them, and the directory around: if it is
 * empty, or with everything in it where it is our own. Started before the server, so that there is no moment without it.
 */
export function watchParent(home: string, ownDirectory: boolean): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'watch-postgres', home, ownDirectory ? dirname(home) : ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  shell.unref()
  return shell
}

const SCRIPT = `
read -r _
lock="$1/data/postmaster.pid"
tries=0
while [ -d "$1" ] && [ $tries -lt 100 ]; do
  if [ -s "$lock" ]; then kill -INT "$(head -n 1 "$lock" | tr -d -)" 2>/dev/null; fi
  if [ -s "$lock" ] && [ $tries -lt 50 ]; then :; else rm -rf -- "$1"; fi
  tries=$((tries + 1))
  sleep 0.1
done
if [ -n "$2" ]; then rm -rf -- "$2"; fi
rmdir -- "$(dirname -- "$1")" 2>/dev/null
exit 0
`
