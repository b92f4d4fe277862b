import { useState } from 'preact/hooks'
import type { Document, Section } from '../../../report/document.ts'
import { type Cell, textOf } from '../../../report/document.ts'
import { type ApiError, api, apiErrorOf } from '../lib/api.ts'
import { useApp } from '../lib/context.ts'
import { type Route, setParams } from '../lib/route.ts'
import { useQuery } from '../lib/use-query.ts'
import { Fact } from '../ui/fact.tsx'
import { isoDate } from '../ui/instant.tsx'
import { ErrorAlert, QueryResult } from '../ui/loading-and-errors.tsx'
import { digitsOf, PeriodSelect, periodOf } from '../ui/period-select.tsx'
import { ScrollArea } from '../ui/table.tsx'

const DAYS = 30

/** The auditor's report, as the command makes it: to read here, to print, or to keep as a file. */
export function ReportView({ route }: { route: Route }) {
  const { stage, clockOffset } = useApp()
  const [error, setError] = useState<ApiError>()
  const period = periodOf(route, Date.now() + clockOffset, DAYS)
  const query = useQuery(api.report, digitsOf(period))
  const [from, to] = [isoDate(period.from, 'UTC'), isoDate(period.to, 'UTC')]
  const keep = async () => {
    try {
      const file = await api['report.html'].$get({ query: digitsOf(period) })
      const address = URL.createObjectURL(await file.blob())
      const link = Object.assign(document.createElement('a'), {
        ...{ href: address, download: `${stage.stage}-${from}-${to}.html` },
      })
      link.click()
      URL.revokeObjectURL(address)
      setError(undefined)
    } catch (thrown) {
      setError(apiErrorOf(thrown))
    }
  }
  const day = (name: string, value: string, key: 'from' | 'to') => (
    <label>
      <span class="label">{name}</span>
      <input
        type="date"
        value={value}
        onChange={(event) => setParams({ from, to, [key]: event.currentTarget.value || undefined })}
      />
    </label>
  )
  return (
    <>
      <div class="tools">
        <PeriodSelect route={route} days={DAYS} />
        {day('From, UTC', from, 'from')}
        {day('Up to, UTC', to, 'to')}
        <button type="button" onClick={() => print()}>
          Print
        </button>
        <button type="button" onClick={keep}>
          Keep as HTML
        </button>
      </div>
      {error && <ErrorAlert error={error} />}
      <QueryResult query={query} what="the ledger, a day at a time">
        {(answer) => <Page document={answer} />}
      </QueryResult>
    </>
  )
}

function Page({ document: { title, facts, sections } }: { document: Document }) {
  return (
    <article class="report">
      <h2>{title}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </dl>
      {sections.map((section) => (
        <Part key={section.title} section={section} />
      ))}
    </article>
  )
}

function Part({ section: { title, paragraphs = [], bullets = [], table } }: { section: Section }) {
  return (
    <section>
      <h3>{title}</h3>
      {paragraphs.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {bullets.length > 0 && (
        <ul>
          {bullets.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {table && <Rows title={title} table={table} />}
    </section>
  )
}

function Rows({
  title,
  table: { header, figures = [], instants = [], rows },
}: {
  title: string
  table: NonNullable<Section['table']>
}) {
  const isPairs = header.every((name) => name === '')
  const kind = (column: number, cell: Cell) =>
    [
      figures.includes(column) && 'figure',
      instants.includes(column) && 'instant',
      typeof cell !== 'string' && cell.tone,
    ]
      .filter(Boolean)
      .join(' ')
  return (
    <ScrollArea name={title}>
      <table class={isPairs ? 'pairs' : ''}>
        {!isPairs && (
          <thead>
            <tr>
              {header.map((name, column) => (
                <th key={name} scope="col" class={kind(column, name)}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={kind(column, cell)}>
                  {textOf(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  )
}
