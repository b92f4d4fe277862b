/** How far long work is. */
export type Progress = {
  /** `text` is only made where it is shown. */
  show(text: () => string): void
  end(): void
}

/** Where nobody looks on. */
export const SILENT: Progress = { show: () => {}, end: () => {} }

/** Who asked: told of what happens beside the result, line by line. `now`: epoch ms. */
export type Onlooker = { now(): number; note(line: string): void }
