import type { FunctionComponent } from 'preact'
import type { Route } from '../lib/route.ts'
import { CalendarView } from './calendar/calendar.tsx'
import { HistoryView } from './history.tsx'
import { NowView } from './now/now.tsx'
import { ReportView } from './report.tsx'
import { RotationView } from './rotation.tsx'
import { SchedulesView } from './schedules.tsx'
import { SkewView } from './skew.tsx'

type View = { title: string; show: FunctionComponent<{ route: Route }>; hidden?: true }

/** Every view by what stands after `#/`, in the order of the navigation. */
export const VIEWS: Record<string, View> = {
  now: { title: 'Now', show: NowView },
  calendar: { title: 'Calendar', show: CalendarView },
  history: { title: 'History', show: HistoryView },
  skew: { title: 'Skew', show: SkewView },
  schedules: { title: 'Schedules', show: SchedulesView },
  report: { title: 'Report', show: ReportView },
  rotation: { title: 'Rotation', show: RotationView, hidden: true },
}
