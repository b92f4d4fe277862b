const HOUR = 3_600_000

/**
 * Zones with every trouble known: half-hour shifts, midnight shifts, shifts on a Friday or within Ramadan, a skipped
 * day, offsets of 45 minutes, standard time as the daylight one. `weeks` are tried in every run of the tests; the deep
 * run finds all changes of `years` itself.
 */
export const ZONES: { name: string; weeks: string[]; years: [number, number] }[] = [
  { name: 'UTC', weeks: ['2028-02-29', '2027-12-31'], years: [1995, 2037] },
  { name: 'America/New_York', weeks: ['2026-03-08', '2026-11-01'], years: [1970, 2060] },
  { name: 'America/Santiago', weeks: ['2026-04-05', '2026-09-06'], years: [1990, 2037] },
  { name: 'America/St_Johns', weeks: ['2010-03-14', '2010-11-07'], years: [1986, 2037] },
  { name: 'America/Sao_Paulo', weeks: ['2018-02-18', '2018-11-04'], years: [1985, 2020] },
  { name: 'Europe/London', weeks: ['2027-03-28', '2027-10-31'], years: [1970, 2060] },
  { name: 'Africa/Cairo', weeks: ['2026-04-24', '2026-10-30'], years: [1990, 2037] },
  { name: 'Africa/Casablanca', weeks: ['2026-02-15', '2026-03-22'], years: [2008, 2060] },
  { name: 'Asia/Beirut', weeks: ['2026-03-29', '2026-10-25'], years: [1990, 2037] },
  { name: 'Asia/Kathmandu', weeks: ['1986-01-01', '2026-04-14'], years: [1980, 2037] },
  { name: 'Asia/Tokyo', weeks: ['2026-12-31', '2028-02-29'], years: [1995, 2037] },
  { name: 'Australia/Lord_Howe', weeks: ['2026-04-05', '2026-10-04'], years: [1981, 2037] },
  { name: 'Pacific/Apia', weeks: ['2011-12-30', '2012-04-01', '2020-09-27'], years: [2009, 2037] },
  { name: 'Europe/Dublin', weeks: ['2026-03-29', '2026-10-25'], years: [1990, 2037] },
  { name: 'Pacific/Kwajalein', weeks: ['1993-08-21', '1970-06-01'], years: [1985, 2000] },
  { name: 'America/Scoresbysund', weeks: ['2024-03-31', '2026-10-25'], years: [2000, 2037] },
  { name: 'Antarctica/Troll', weeks: ['2026-03-29', '2026-10-25'], years: [2005, 2037] },
  { name: 'Asia/Tehran', weeks: ['2021-03-22', '2021-09-22'], years: [1990, 2037] },
  { name: 'Asia/Pyongyang', weeks: ['2015-08-15', '2018-05-05'], years: [2010, 2025] },
  { name: 'America/Caracas', weeks: ['2007-12-09', '2016-05-01'], years: [2005, 2020] },
]

/** The dates of all changes of offset from the first of one year to the end of another, asked of Intl twice a day. */
export function changesOf(name: string, [first, last]: [number, number]): string[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    timeZoneName: 'longOffset',
    year: 'numeric',
  })
  const offset = (instant: number) => format.format(instant).slice(6)
  const dates: string[] = []
  let before = offset(Date.UTC(first, 0, 1))
  for (let instant = Date.UTC(first, 0, 1); instant < Date.UTC(last + 1, 0, 1); instant += 12 * HOUR) {
    const now = offset(instant)
    if (now !== before) dates.push(new Date(instant).toISOString().slice(0, 10))
    before = now
  }
  return dates
}
