// Scores the detectors on labelled captures: node bench/evaluate.mjs FOLDER… (each with a truth.json), and on healthy traffic made by
// bench/make-data.mjs (--healthy LINES). Prints, per detector: expected, found, missed, true and false findings, precision, recall, and the
// median time from the fault's start to the first evidence. Options: --formats FILE (as PATTERN → FORMAT), --json FILE, --write (docs/detectors-measured.md).
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals: folders } = parseArgs({ allowPositionals: true, options: { formats: { type: 'string' }, json: { type: 'string' }, healthy: { type: 'string' }, write: { type: 'boolean' }, bound: { type: 'string', default: 'window' } } })

/** What a capture's truth calls a fault, and what the detectors call it. */
const RULE_OF = { 'origin-down': 'origin-unreachable', 'origin-tls-untrusted': 'origin-tls-failure', 'sni-mismatch': 'sni-dns-mismatch', 'domain-fronting': 'sni-host-mismatch', 'bad-certificate': 'certificate-invalid', 'bad-certificates': 'certificate-invalid', 'go-checksum-mismatch': 'module-fetch-failure', 'go-module-not-found': 'module-fetch-failure' }
/** Findings that a fault rightly brings with it. */
const FOLLOWS = {
  'origin-timeout': ['origin-unreachable', 'origin-errors', 'module-fetch-stall', 'module-fetch-failure'], 'origin-unreachable': ['origin-errors'], 'origin-tls-failure': ['origin-unreachable', 'origin-errors'],
  'certificate-invalid': ['tls-handshake-failure'], 'dns-hijack': ['certificate-invalid', 'tls-handshake-failure', 'sni-dns-mismatch'], 'sni-dns-mismatch': ['sni-host-mismatch'], 'sni-host-mismatch': ['sni-dns-mismatch'],
  'module-fetch-failure': ['proxy-fallback'], 'slow-dns': ['dns-failure'],
}
const LATE_S = 15
/** Share of requests that fail in healthy traffic: every service has some. */
const HEALTHY_ERRORS = 0.0005

const ruleOf = type => RULE_OF[type] ?? type
const formats = values.formats ? Object.entries(JSON.parse(readFileSync(values.formats, 'utf8')).as ?? {}).flatMap(([pattern, format]) => ['--as', `${pattern}=${format}`]) : []

function run(args) {
  const result = spawnSync(process.execPath, [join(root, 'dist/src/cli/main.js'), ...args], { encoding: 'utf8', maxBuffer: 1 << 30 })
  return { rows: result.stdout.split('\n').filter(line => line !== '').map(line => JSON.parse(line)), stderr: result.stderr, status: result.status }
}

const namesOf = finding => [finding.hostname, ...(finding.subject.hostnames ?? []), ...(finding.subject.modules ?? [])].filter(name => name !== undefined)

function isAbout(finding, fault) {
  if (ruleOf(fault.type) === 'clock-skew') return true
  const wanted = String(fault.subject ?? '').split(/[ ,@]+/).filter(word => word !== '')
  if (namesOf(finding).some(name => wanted.some(word => word === name || (word.includes('/') && name.includes(word))))) return true
  return [...(fault.origin_ips ?? []), ...(fault.server_ips ?? [])].some(ip => finding.subject.origin_ips?.includes(ip) || finding.subject.server_ips?.includes(ip))
}

function isDuring(finding, fault) {
  if (fault.start === undefined || finding.ts_ms === undefined) return true
  return finding.ts_ms / 1000 <= fault.end + LATE_S && (finding.ts_end_ms ?? finding.ts_ms) / 1000 >= fault.start - LATE_S
}

const answers = (finding, fault) => finding.rule.id === ruleOf(fault.type) && isAbout(finding, fault) && isDuring(finding, fault)
const follows = (finding, fault) => (finding.rule.id === ruleOf(fault.type) || FOLLOWS[ruleOf(fault.type)]?.includes(finding.rule.id)) && isAbout(finding, fault) && isDuring(finding, fault)

/** One log of each kind, as an engineer would name them: the resolvers' text logs, the tap's handshakes, each edge once, stamped Go traces. */
function inputsOf(folder) {
  const has = path => existsSync(join(folder, path))
  const first = (...paths) => paths.filter(has).slice(0, 1)
  const list = ['dns/bind-query.log', 'dns/unbound.log', 'dns/dnsmasq.log', 'tls/tshark-clienthello.tsv', 'tls/tshark-tls-events.tsv', 'edge/haproxy.log', 'edge/ats-access.json', 'edge/nginx-error.log', 'edge/varnishncsa.log', 'edge/ats-error.log', 'edge/ats-diags.log'].filter(has)
  const go = has('go') ? readdirSync(join(folder, 'go')).filter(name => name.includes('stamped')).map(name => `go/${name}`) : []
  const known = [...list, ...first('edge/nginx-access.json', 'edge/nginx-access.log'), ...go]
  const all = known.length > 0 ? known : readdirSync(folder).filter(name => name !== 'truth.json' && statSync(join(folder, name)).isFile())
  return all.map(path => join(folder, path))
}

const tally = new Map()
const rowOf = rule => {
  if (!tally.has(rule)) tally.set(rule, { expected: 0, found: 0, true_findings: 0, false_findings: 0, delays_s: [] })
  return tally.get(rule)
}

for (const folder of folders) {
  if (!existsSync(join(folder, 'truth.json'))) continue
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'))
  if (truth.post_processed) continue // damaged files: nothing to find
  const faults = truth.expected_findings ?? []
  const skewed = faults.some(fault => fault.type === 'clock-skew')
  const { rows } = run(['detect', ...inputsOf(folder), ...formats, '--bound', values.bound, '--format', 'ndjson', '--quiet', ...(skewed ? ['--skew', 'auto'] : [])])
  const loud = rows.filter(finding => finding.severity_id >= 2)
  for (const fault of faults.filter(one => !one.optional)) {
    const row = rowOf(ruleOf(fault.type))
    row.expected++
    const hits = rows.filter(finding => answers(finding, fault))
    if (hits.length === 0) {
      console.log(`missed: ${truth.scenario ?? folder}: ${ruleOf(fault.type)} ${fault.subject}`)
      continue
    }
    row.found++
    const firsts = hits.map(hit => hit.ts_ms).filter(at => at !== undefined)
    if (fault.start !== undefined && firsts.length > 0) row.delays_s.push(Math.max(0, Math.min(...firsts) / 1000 - fault.start))
  }
  for (const finding of loud) {
    const isTrue = faults.some(fault => follows(finding, fault))
    rowOf(finding.rule.id)[isTrue ? 'true_findings' : 'false_findings']++
    if (!isTrue) console.log(`not in the truth: ${truth.scenario ?? folder}: ${finding.rule.id} (${finding.severity}) ${finding.message}`)
  }
}

const median = list => list.length === 0 ? undefined : [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const percent = (part, whole) => whole === 0 ? '–' : (part / whole).toFixed(2)
const lines = ['| detector | expected | found | recall | findings low or above | of them in the truth | precision | median delay s |', '|---|---|---|---|---|---|---|---|']
for (const [rule, row] of [...tally].sort(([a], [b]) => a < b ? -1 : 1)) {
  const all = row.true_findings + row.false_findings
  lines.push(`| ${rule} | ${row.expected} | ${row.found} | ${percent(row.found, row.expected)} | ${all} | ${row.true_findings} | ${percent(row.true_findings, all)} | ${median(row.delays_s)?.toFixed(1) ?? '–'} |`)
}
console.log(lines.join('\n'))

let healthy
if (values.healthy !== undefined) {
  const each = Math.round(Number(values.healthy) / 3)
  spawnSync(process.execPath, [join(root, 'bench/make-data.mjs'), '--lines', String(each), '--errors', String(HEALTHY_ERRORS)], { stdio: 'inherit' })
  const data = ['dns.json', 'tls.json', 'cdn.tsv'].map(name => join(root, 'bench/data', name))
  const { rows } = run(['detect', ...data, '--format', 'ndjson', '--quiet'])
  const loud = rows.filter(finding => finding.severity_id >= 2)
  healthy = `${3 * each} healthy events: ${loud.length} findings above informational, ${rows.length - loud.length} informational`
  console.log(healthy)
  for (const finding of loud.slice(0, 10)) console.log(`  ${finding.rule.id} ${finding.message}`)
}
if (values.json) writeFileSync(values.json, JSON.stringify({ detectors: Object.fromEntries(tally), healthy }, undefined, 2))
if (values.write) writeFileSync(join(root, 'docs/detectors-measured.md'), `## Measured\n\nBy \`npm run evaluate\` on ${folders.length} labelled captures of real servers (${values.bound} bound)${healthy ? `, and on made-up traffic: ${healthy}` : ''}. "In the truth" counts consequences of a fault, such as 5xx of an origin that times out.\n\n${lines.join('\n')}\n`)
