import { existsSync, lstatSync, symlinkSync } from 'node:fs'

/**
 * `prepare`: puts Node 24 in front of the host's, where npm has not. npm 10, which comes with Node 20 and 22, links it, and
 * then removes the link with the packages of the platforms that this is not: they have a `bin` of the same name.
 */
const LINK = 'node_modules/.bin/node'
const place = `${process.platform}-${process.arch}`
const found = [`node-${place}`, `node-bin-${place}`].find((it) => existsSync(`node_modules/${it}/bin/node`))
if (found !== undefined && lstatSync(LINK, { throwIfNoEntry: false }) === undefined)
  symlinkSync(`../${found}/bin/node`, LINK)
