import type { ComponentChildren } from 'preact'

type Props = {
  label: ComponentChildren
  value: string
  /** Each by its value, with its words. */
  options: [value: string, text: string][]
  choose(value: string): void
}

/** One of a list. */
export function Choice({ label, value, options, choose }: Props) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
