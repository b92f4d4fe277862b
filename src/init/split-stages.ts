import type { ImportedSchedule } from './group-secrets.ts'

/**
 * What one stage can hold: a role’s ten managed policies of 6,144 characters name its secrets, a stack has 500
 * resources (src/deploy). With room to grow.
 */
const MOST_CHARACTERS = 45_000
const MOST_SCHEDULES = 300

/** Around a name in an ARN, at its longest. */
const ARN_CHARACTERS = 80

/**
 * The schedules of one stage, or of as many as it takes, none too large. One that is too large by itself is several,
 * under names of their own.
 */
export function splitStages(schedules: ImportedSchedule[]): ImportedSchedule[][] {
  const stages: ImportedSchedule[][] = []
  let room = 0
  for (const schedule of schedules.flatMap(piecesOf)) {
    const size = sizeOf(schedule)
    const current = stages.at(-1)
    if (current && size <= room && current.length < MOST_SCHEDULES) current.push(schedule)
    else {
      stages.push([schedule])
      room = MOST_CHARACTERS
    }
    room -= size
  }
  return stages.length > 0 ? stages : [[]]
}

function piecesOf(schedule: ImportedSchedule): ImportedSchedule[] {
  if (sizeOf(schedule) <= MOST_CHARACTERS) return [schedule]
  const pieces: ImportedSchedule['secrets'][] = [[]]
  let room = MOST_CHARACTERS
  for (const secret of schedule.secrets) {
    const size = secret.name.length + ARN_CHARACTERS
    if (size > room) {
      pieces.push([])
      room = MOST_CHARACTERS
    }
    pieces.at(-1)?.push(secret)
    room -= size
  }
  return pieces.map((secrets, index) => ({
    ...schedule,
    secrets,
    name: `${schedule.name}-part-${index + 1}`,
  }))
}

/** Tags are a condition, however many secrets they choose. */
function sizeOf({ secrets, tags }: ImportedSchedule): number {
  return tags ? 500 : secrets.reduce((sum, { name }) => sum + name.length + ARN_CHARACTERS, 0)
}
