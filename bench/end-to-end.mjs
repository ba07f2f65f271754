// `logjoin correlate` against DuckDB and ClickHouse doing the same join from the same files and writing the same fields; and jq and Miller merely reading and
// rewriting one of the files, which is the least they could do. Interleaved, as ratios: node bench/end-to-end.mjs [--lines N] [--rounds N] [--skew 0.2]
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeData } from './make-data.mjs'
import { interleave, printTable, ratioTable } from './measure.mjs'

const { values } = parseArgs({ options: { lines: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '3' }, skew: { type: 'string', default: '0' }, disorder: { type: 'string', default: '0' }, rate: { type: 'string', default: '200' } } })
const here = name => fileURLToPath(new URL(name, import.meta.url))
const folder = here('data/end-to-end')
const lines = Number(values.lines)
const files = makeData({ folder, lines, skew: Number(values.skew), disorder: Number(values.disorder), rate: Number(values.rate) })

const FIELDS = 'time,hostname,client.ip,url.path,http.request.id,http.response.status_code,cdn.cache.status,network.connection_id,dns.id,dns.resolved_ip'
const cli = process.env.LOGJOIN_DIST ? join(process.env.LOGJOIN_DIST, 'src/cli/main.js') : here('../dist/src/cli/logjoin.cjs')
const out = name => join(folder, `${name}.out`)
const canResolve = (name, from = import.meta.url) => { try { createRequire(from).resolve(name); return true } catch { return false } }
const isOnPath = name => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0

// outputs are removed before each run: truncating a large old one takes time of its own
const fresh = name => () => rmSync(out(name), { force: true })
const variants = [['logjoin', process.execPath, [cli, 'correlate', files.dns, files.tls, files.cdn, '--fields', FIELDS, '-q', '-o', out('logjoin')], fresh('logjoin')]]
if (canResolve('@duckdb/node-api')) variants.push(['duckdb', process.execPath, [here('duckdb-join.mjs'), folder, out('duckdb')], fresh('duckdb')])
else process.stdout.write('DuckDB is left out: run `npm install` in bench/\n')
if (canResolve('chdb', here('clickhouse/package.json'))) variants.push(['clickhouse', process.execPath, [here('clickhouse/clickhouse-join.mjs'), folder, out('clickhouse')], fresh('clickhouse')])
else process.stdout.write('ClickHouse is left out: run `npm install` in bench/clickhouse/ (half a gigabyte)\n')
if (isOnPath('jq')) variants.push(['jq (rewrites dns.json)', 'jq', ['-c', '{ts,query,answers}', files.dns]])
if (isOnPath('mlr')) variants.push(['mlr (rewrites dns.json)', 'mlr', ['--ijsonl', '--ojsonl', 'cut', '-f', 'ts,query,answers', files.dns]])

printTable(ratioTable(await interleave(variants, Number(values.rounds)), 'duckdb'))

/** Request → handshake and answer. */
async function pairsOf(name) {
  const pairs = new Map()
  for await (const line of createInterface({ input: createReadStream(out(name)) })) {
    const { http, network, dns } = JSON.parse(line)
    if (network?.connection_id) pairs.set(http.request.id, `${network.connection_id} ${dns?.id ?? '-'}`)
  }
  return pairs
}

const ours = await pairsOf('logjoin')
for (const name of ['duckdb', 'clickhouse']) {
  if (!existsSync(out(name))) continue
  const theirs = await pairsOf(name)
  const differing = [...ours].filter(([request, pair]) => theirs.get(request) !== pair)
  process.stdout.write(`pairs: ${ours.size} by logjoin, ${theirs.size} by ${name}, ${differing.length} differ\n`)
  for (const [request, pair] of differing.slice(0, 5)) process.stdout.write(`  ${request.slice(0, 12)}… logjoin ${pair}, ${name} ${theirs.get(request) ?? 'none'}\n`)
}
