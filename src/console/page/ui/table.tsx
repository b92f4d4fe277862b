import type { ComponentChildren } from 'preact'

/** Scrolls sideways where the page is too narrow for a table, by keyboard too. */
export function ScrollArea({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scrolled" aria-label={name} tabIndex={0}>
      {children}
    </section>
  )
}

/** A table's head; the columns of figures come last. */
export function TableHead({ columns, figures }: { columns: string[]; figures: string[] }) {
  return (
    <thead>
      <tr>
        {[...columns, ...figures].map((name, index) => (
          <th key={name} scope="col" class={index < columns.length ? '' : 'figure'}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  )
}
