import { approve } from './approve.ts'
import { calendar } from './calendar.ts'
import type { Command } from './command.ts'
import { openConsole } from './console.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { history } from './history.ts'
import { hold } from './hold.ts'
import { next } from './next.ts'
import { plan } from './plan.ts'
import { reject } from './reject.ts'
import { release } from './release.ts'
import { report } from './report.ts'
import { run } from './run.ts'
import { show } from './show.ts'
import { status } from './status.ts'
import { unstick } from './unstick.ts'
import { validate } from './validate.ts'

/** Every command, in the order of `--help`. */
export const commands: Command[] = [
  validate,
  next,
  calendar,
  explain,
  plan,
  doctor,
  run,
  status,
  openConsole,
  history,
  show,
  report,
  approve,
  reject,
  hold,
  release,
  unstick,
]
