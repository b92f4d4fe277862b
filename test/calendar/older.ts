import { ZONE_DATA } from '../../src/calendar/zone-data.ts'
import type { ZoneTable } from '../../src/calendar/zone-table.ts'

/** 2026d, in which Manitoba still set its clocks back on 1 November, and on again in March. */
export const OLDER: ZoneTable = {
  ...ZONE_DATA,
  release: '2026d',
  zones: [
    ['America/Winnipeg', '-360 2026-03-08T08:00 -300 2026-11-01T07:00 -360 2027-03-14T08:00 -300'],
    ...ZONE_DATA.zones.filter(([names]) => !names.includes('Winnipeg')),
  ],
}
