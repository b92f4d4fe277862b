import { existsSync, globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CannotDo } from '../model/errors.ts'
import { inRepository, type Step } from './step.ts'

/** The stage of the step, or every one that has a config, by name. Throws CannotDo where there is none. */
export function stagesOf(step: Step): string[] {
  const { stage, directory } = step
  if (stage !== undefined) {
    if (existsSync(join(directory, fileOf(stage)))) return [stage]
    throw new CannotDo(`no stage "${stage}": there is no ${inRepository(step, fileOf(stage))}`, {
      hint: 'stage is the name of a file in config/, without .yml; working-directory is the folder that has config/',
    })
  }
  const files = globSync('config/*.yml', { cwd: directory })
  if (files.length > 0) return files.map((file) => basename(file, '.yml')).sort()
  throw new CannotDo(`there is no ${inRepository(step, 'config')}/*.yml`, {
    hint: 'working-directory is the folder that has config/; npx aws-tourbillon init writes one',
  })
}

export function fileOf(stage: string): string {
  return `config/${stage}.yml`
}
