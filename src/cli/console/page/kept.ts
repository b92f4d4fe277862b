import { useState } from 'preact/hooks'

/** A choice of this browser's, kept for the next time. The port is another then, and so is what is kept: a week of use. */
export function useKept(name: string): [string | undefined, (value: string) => void] {
  const [value, setValue] = useState(localStorage.getItem(name) ?? undefined)
  return [
    value,
    (chosen) => {
      localStorage.setItem(name, chosen)
      setValue(chosen)
    },
  ]
}
