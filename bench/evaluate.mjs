// Scores the detectors on labelled captures and on healthy traffic. Prints, per detector: expected, found, recall, true and false findings, precision, the median
// time from a fault's start to the first evidence, and false findings per million events.
//   node bench/evaluate.mjs [FOLDER…] [--formats FILE]   captures with a truth.json, or folders of such; FILE holds {"as": {PATTERN: FORMAT}}, and is
//                                                        found where it is called formats.json and lies beside FOLDER
//   --generated N [--seed S]                             N made-up captures of every fault (bench/make-traffic.mjs), and N with a clock that is off
//   --healthy EVENTS [--piece 150000]                    made-up healthy traffic of both generators, in pieces of other seeds
//   --json FILE, --write (docs/detectors-measured.md), --bound window|state; LOGJOIN_DIST=… for another build than dist/
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeData } from './make-data.mjs'
import { ALL_FAULTS, makeTraffic } from './make-traffic.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(process.env.LOGJOIN_DIST ?? join(root, 'dist'), 'src/cli/main.js')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { formats: { type: 'string' }, generated: { type: 'string' }, seed: { type: 'string', default: '1' }, healthy: { type: 'string' }, piece: { type: 'string', default: '150000' }, json: { type: 'string' }, write: { type: 'boolean' }, bound: { type: 'string', default: 'window' } },
})

/** What a capture's truth calls a fault, and what the detectors call it. */
const RULE_OF = { 'origin-down': 'origin-unreachable', 'origin-tls-untrusted': 'origin-tls-failure', 'sni-mismatch': 'sni-dns-mismatch', 'domain-fronting': 'sni-host-mismatch', 'bad-certificate': 'certificate-invalid', 'bad-certificates': 'certificate-invalid', 'go-checksum-mismatch': 'module-fetch-failure', 'go-module-not-found': 'module-fetch-failure', interception: 'certificate-invalid', fragmentation: 'proxy-fallback' }
/** Causes that are measured on their own, apart from what else their detector finds. */
const APART = new Set(['interception-suspected', 'fragmentation'])
/** Findings that a fault rightly brings with it. */
const FOLLOWS = {
  'origin-timeout': ['origin-unreachable', 'origin-errors', 'module-fetch-stall', 'module-fetch-failure'], 'origin-unreachable': ['origin-errors'], 'origin-tls-failure': ['origin-unreachable', 'origin-errors'],
  'certificate-invalid': ['tls-handshake-failure'], 'dns-hijack': ['certificate-invalid', 'tls-handshake-failure', 'sni-dns-mismatch'], 'sni-dns-mismatch': ['sni-host-mismatch'], 'sni-host-mismatch': ['sni-dns-mismatch'],
  'module-fetch-failure': ['proxy-fallback'], 'slow-dns': ['dns-failure'],
}
const LATE_S = 15
/** Share of requests that fail in healthy traffic: every service has some. */
const HEALTHY_ERRORS = 0.0005

const labelOf = (rule, cause) => APART.has(cause) ? `${rule}: ${cause}` : rule
const ruleOf = type => RULE_OF[type] ?? type
const isCapture = folder => existsSync(join(folder, 'truth.json'))
const folders = positionals.flatMap(folder => isCapture(folder) ? [folder] : readdirSync(folder).sort().map(name => join(folder, name)).filter(isCapture))
values.formats ??= positionals.map(folder => join(folder, '..', 'formats.json')).find(file => existsSync(file))
const formats = values.formats ? Object.entries(JSON.parse(readFileSync(values.formats, 'utf8')).as ?? {}).flatMap(([pattern, format]) => ['--as', `${pattern}=${format}`]) : []

/** Findings of a run, and how many events it had. */
function detect(files, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-evaluate-'))
  const [out, summary] = ['findings.ndjson', 'summary.json'].map(name => join(folder, name))
  const result = spawnSync(process.execPath, [cli, 'detect', ...files, ...more, '--bound', values.bound, '--format', 'ndjson', '--quiet', '-o', out, '--summary', summary], { encoding: 'utf8' })
  if (!existsSync(summary)) throw new Error(`detect failed (${result.status}): ${result.stderr.slice(0, 400)}`)
  const rows = readFileSync(out, 'utf8').split('\n').filter(line => line !== '').map(line => JSON.parse(line))
  const events = JSON.parse(readFileSync(summary, 'utf8')).files.reduce((sum, file) => sum + file.events, 0)
  rmSync(folder, { recursive: true })
  return { rows, events }
}

const isLoud = finding => finding.severity_id >= 2
const namesOf = finding => [finding.hostname, ...(finding.subject.hostnames ?? []), ...(finding.subject.modules ?? [])].filter(name => name !== undefined)

function isAbout(finding, fault) {
  if (ruleOf(fault.type) === 'clock-skew') return true
  const wanted = `${fault.subject ?? ''} ${fault.host ?? ''}`.split(/[ ,@]+/).filter(word => word !== '')
  if (namesOf(finding).some(name => wanted.some(word => word === name || (word.includes('/') && name.includes(word))))) return true
  return [...(fault.origin_ips ?? []), ...(fault.server_ips ?? [])].some(ip => finding.subject.origin_ips?.includes(ip) || finding.subject.server_ips?.includes(ip))
}

function isDuring(finding, fault) {
  if (fault.start === undefined || finding.ts_ms === undefined) return true
  return finding.ts_ms / 1000 <= fault.end + LATE_S && (finding.ts_end_ms ?? finding.ts_ms) / 1000 >= fault.start - LATE_S
}

const answers = (finding, fault) => finding.rule.id === ruleOf(fault.type) && (fault.finding_cause === undefined || finding.cause === fault.finding_cause) && isAbout(finding, fault) && isDuring(finding, fault)
const follows = (finding, fault) => (finding.rule.id === ruleOf(fault.type) || FOLLOWS[ruleOf(fault.type)]?.includes(finding.rule.id)) && isAbout(finding, fault) && isDuring(finding, fault)

/** Sums of a set of captures: per rule, and over all. */
const newTally = () => ({ rules: new Map(), captures: 0, events: 0, faults: 0, loud: 0 })
function rowOf({ rules }, rule) {
  if (!rules.has(rule)) rules.set(rule, { expected: 0, found: 0, true_findings: 0, false_findings: 0, informational: 0, delays_s: [] })
  return rules.get(rule)
}

function score(tally, name, { rows, events }, faults) {
  tally.captures++
  tally.events += events
  for (const fault of faults.filter(one => !one.optional)) {
    const row = rowOf(tally, labelOf(ruleOf(fault.type), fault.finding_cause))
    row.expected++
    const hits = rows.filter(finding => answers(finding, fault))
    if (hits.length === 0) {
      console.log(`missed: ${name}: ${JSON.stringify(fault)}`)
      continue
    }
    row.found++
    tally.faults++
    tally.loud += rows.filter(finding => isLoud(finding) && follows(finding, fault)).length
    const firsts = hits.map(hit => hit.ts_ms).filter(at => at !== undefined)
    if (fault.start !== undefined && firsts.length > 0) row.delays_s.push(Math.max(0, Math.min(...firsts) / 1000 - fault.start))
  }
  for (const finding of rows) {
    const row = rowOf(tally, labelOf(finding.rule.id, finding.cause))
    if (!isLoud(finding)) row.informational++
    else if (faults.some(fault => follows(finding, fault))) row.true_findings++
    else {
      row.false_findings++
      console.log(`not in the truth: ${name}: ${finding.rule.id} (${finding.severity}) ${finding.message}`)
    }
  }
}

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

function evaluateFolders() {
  const tally = newTally()
  for (const folder of folders) {
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'))
    if (truth.post_processed) continue // damaged files: nothing to find
    const faults = truth.expected_findings ?? []
    const skewed = faults.some(fault => fault.type === 'clock-skew')
    score(tally, truth.scenario ?? folder, detect(inputsOf(folder), [...formats, ...(skewed ? ['--skew', 'auto'] : [])]), faults)
  }
  return tally
}

/** Runs `use` on a folder of made-up logs that is gone afterwards. */
function within(options, use) {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-traffic-'))
  try {
    return use(makeTraffic({ folder, ...options }), inputsOf(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function evaluateGenerated(count, from) {
  const tally = newTally()
  const others = ALL_FAULTS.filter(type => type !== 'clock-skew')
  for (let seed = from; seed < from + count; seed++) {
    // sizes and rates differ from capture to capture, too
    const shape = { requests: 14_000 + 4000 * (seed % 4), rate: 25 + 15 * (seed % 3), clients: 150 + 150 * (seed % 3), sites: 24 + 4 * (seed % 3) }
    within({ seed, ...shape, faults: others }, (truth, files) => score(tally, `seed ${seed}`, detect(files), truth.expected_findings))
    within({ seed: seed + 10_000, ...shape, requests: 5000, faults: ['clock-skew'] }, (truth, files) => score(tally, `seed ${seed + 10_000}`, detect(files), truth.expected_findings))
  }
  return tally
}

function evaluateHealthy(wanted, piece, from) {
  const tally = newTally()
  for (let seed = from; tally.events < wanted; seed++) {
    const events = Math.min(piece, wanted - tally.events)
    if (seed % 2 === 0) within({ seed, requests: Math.round(events * 0.5), rate: 60 + 40 * (seed % 5), clients: 1000, sites: 40, faults: [], errors: HEALTHY_ERRORS }, (_, files) => score(tally, `healthy seed ${seed}`, detect(files), []))
    else {
      const folder = mkdtempSync(join(tmpdir(), 'logjoin-traffic-'))
      const files = makeData({ folder, lines: Math.ceil(events / 3), seed, errors: HEALTHY_ERRORS })
      score(tally, `healthy seed ${seed}`, detect(Object.values(files)), [])
      rmSync(folder, { recursive: true })
    }
    console.error(`healthy: ${tally.events} of ${wanted} events`)
  }
  return tally
}

const median = list => list.length === 0 ? undefined : [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const share = (part, whole) => whole === 0 ? '–' : (part / whole).toFixed(2)

function tableOf({ rules, events }) {
  const lines = ['| detector | expected | found | recall | findings low or above | of them in the truth | precision | median delay s | false per million events | informational |', '|---|---|---|---|---|---|---|---|---|---|']
  for (const [rule, row] of [...rules].sort(([a], [b]) => a < b ? -1 : 1)) {
    const all = row.true_findings + row.false_findings
    lines.push(`| ${rule} | ${row.expected} | ${row.found} | ${share(row.found, row.expected)} | ${all} | ${row.true_findings} | ${share(row.true_findings, all)} | ${median(row.delays_s)?.toFixed(1) ?? '–'} | ${(row.false_findings / events * 1e6).toFixed(1)} | ${row.informational} |`)
  }
  return lines.join('\n')
}

const sum = (tally, pick) => [...tally.rules.values()].reduce((total, row) => total + pick(row), 0)
const about = (tally, what) => `${tally.captures} ${what}, ${tally.events} events: ${sum(tally, row => row.found)} of ${sum(tally, row => row.expected)} faults found, ${sum(tally, row => row.false_findings)} false findings low or above`

const GENERATED = 'Made-up traffic with faults'
const parts = []
if (folders.length > 0) parts.push(['Captures of real servers', evaluateFolders(), 'labelled captures of real servers'])
if (values.generated !== undefined) parts.push([GENERATED, evaluateGenerated(Number(values.generated), Number(values.seed)), 'made-up captures (`bench/make-traffic.mjs`: other names, times, rates and sizes of faults with every seed)'])
if (values.healthy !== undefined) parts.push(['Healthy made-up traffic', evaluateHealthy(Number(values.healthy), Number(values.piece), Number(values.seed) + 500), 'healthy captures (`bench/make-traffic.mjs --faults none` and `bench/make-data.mjs`, 0.05 % of requests failing)'])
const text = parts.map(([title, tally, what]) => `### ${title}\n\n${about(tally, what)}${title === GENERATED ? `; ${share(tally.loud, tally.faults)} findings low or above a fault that was found (every fault stands alone)` : ''}.\n\n${tableOf(tally)}\n`).join('\n')
console.log(text)
if (values.json) writeFileSync(values.json, JSON.stringify(Object.fromEntries(parts.map(([title, tally]) => [title, { ...tally, rules: Object.fromEntries(tally.rules) }])), undefined, 2))
if (values.write) writeFileSync(join(root, 'docs/detectors-measured.md'), `## Measured\n\nBy \`npm run evaluate\` (${values.bound} bound). "In the truth" counts consequences of a fault, such as 5xx of an origin that times out; a fault counts as found at any severity.\n\n${text}`)
