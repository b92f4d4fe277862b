import { useState } from 'preact/hooks'

/** A choice of this browser's, kept for as long as the console has the same port: always, with `--port`. */
export function useLocalStorage(name: string): [string | undefined, (value: string) => void] {
  const [value, setValue] = useState(localStorage.getItem(name) ?? undefined)
  return [
    value,
    (chosen) => {
      localStorage.setItem(name, chosen)
      setValue(chosen)
    },
  ]
}
