// Time and peak memory against the number of lines, the window and the skew of the keys, each with each:
// node bench/scaling.mjs [--lines 100000,300000] [--windows 1s,5s,60s,5m] [--skews 0,0.2,0.5] [--rate 200] [--bound window|state]
import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeData } from './make-data.mjs'
import { measure, printTable } from './measure.mjs'

const { values } = parseArgs({ options: { lines: { type: 'string', default: '100000,300000' }, windows: { type: 'string', default: '1s,5s,60s,5m' }, skews: { type: 'string', default: '0,0.2,0.5' }, rate: { type: 'string', default: '200' }, bound: { type: 'string', default: 'window' } } })
const here = name => fileURLToPath(new URL(name, import.meta.url))
const cli = process.env.LOGJOIN_DIST ? join(process.env.LOGJOIN_DIST, 'src/cli/main.js') : here('../dist/src/cli/logjoin.cjs')
const folder = here('data/scaling')
const sizes = values.lines.split(',').map(Number)
const rows = [['lines of each', 'window', 'events within ±window', 'share of one name', 'wall s', 'CPU s', 'CPU µs a line', 'peak MiB']]

/** `500ms`, `5s`, `2m` in seconds. */
const secondsOf = window => Number.parseFloat(window) * (window.endsWith('ms') ? 0.001 : window.endsWith('m') ? 60 : 1)

async function run(lines, window, skew) {
  const files = makeData({ folder, lines, skew, rate: Number(values.rate) })
  const { wallS, cpuS, peakMib } = await measure(process.execPath, [cli, 'correlate', files.dns, files.tls, files.cdn, '--window', window, '--bound', values.bound, '--fields', 'time,hostname', '-q', '-o', join(folder, 'out')])
  rows.push([lines.toLocaleString('en-US'), window, Math.round(Math.min(3 * lines, 6 * Number(values.rate) * secondsOf(window))).toLocaleString('en-US'), `${skew * 100} %`, wallS, cpuS, cpuS * 1e6 / (3 * lines), peakMib])
}

for (const lines of sizes) for (const window of values.windows.split(',')) for (const skew of values.skews.split(',')) await run(lines, window, Number(skew))
printTable(rows)
rmSync(folder, { recursive: true, force: true })
