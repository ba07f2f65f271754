// Scores the join on labelled captures: is each request joined to the very handshake and look-up that the truth names, by which TLS log, within the
// window and by state; are origin lines joined to the edge's request; how near is the estimate of a shifted clock.
// node bench/score-join.mjs [--wrong N] LAB_FOLDER   (a folder with formats.json and scenarios/NAME/{truth.json,dns,tls,edge,origin})
// LOGJOIN_DIST names a compiled tree other than dist/. Writes nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const dist = process.env.LOGJOIN_DIST ?? fileURLToPath(new URL('../dist', import.meta.url))
const { correlate } = await import(pathToFileURL(join(dist, 'src/index.js')))
const words = process.argv.slice(2)
const shown = words[0] === '--wrong' ? Number(words.splice(0, 2)[1]) : 8
const [lab] = words
if (lab === undefined) {
  console.error('name the folder of the lab')
  process.exit(2)
}

const as = Object.entries(JSON.parse(readFileSync(join(lab, 'formats.json'), 'utf8')).as).map(([pattern, value]) => ({ pattern, value }))
const RESOLVERS = { bind: 'bind-query.log', unbound: 'unbound.log', dnsmasq: 'dnsmasq.log' }
const TLS = { clienthello: 'tshark-clienthello.tsv', preread: 'nginx-stream-preread.log', zeek: 'zeek-ssl.log' }
const WINDOW_S = 5
const MARGIN_S = 0.1

const table = (columns, rows = []) => rows.map(row => Object.fromEntries(columns.map((column, index) => [column, row[index]])))
const share = (part, whole) => whole === 0 ? '-' : `${(100 * part / whole).toFixed(1)} %`
const lines = path => readFileSync(path, 'utf8').split('\n')

/** Reads the labels of one scenario. `shift` is what its TLS clock was put ahead by, in seconds. */
function labels(dir) {
  const truth = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8'))
  const connections = table(truth.connection_columns, truth.connections)
  const nginx = existsSync(join(dir, 'edge/nginx-access.json')) ? 'nginx-access.json' : 'nginx-access.log'
  const edgeOf = ip => /^203\.0\.113\.20$|:20$/.test(ip) ? 'haproxy.log' : /^203\.0\.113\.30$|:30$/.test(ip) ? 'ats-access.json' : nginx
  const byId = new Map(connections.map(connection => [connection.conn, connection]))
  const requests = table(truth.request_columns, truth.requests).flatMap(request => {
    const connection = byId.get(request.conn)
    return connection && request.line_edge ? [{ ...request, connection, edge: `${edgeOf(connection.ip ?? '')}:${request.line_edge}` }] : []
  })
  return { dir, connections, requests, edges: [nginx, 'haproxy.log', 'ats-access.json'].map(file => join(dir, 'edge', file)).filter(existsSync), shift: truth.shift_s ?? 0 }
}

/** Line of each connection in a Zeek log: same client address and port, the nearest start. */
function zeekLines({ dir, connections, shift }) {
  const text = lines(join(dir, 'tls', TLS.zeek))
  const columns = text.find(line => line.startsWith('#fields'))?.split('\t').slice(1) ?? []
  const [ts, host, port] = ['ts', 'id.orig_h', 'id.orig_p'].map(name => columns.indexOf(name))
  const rows = text.flatMap((line, index) => line === '' || line.startsWith('#') ? [] : [{ line: index + 1, cells: line.split('\t') }])
  const key = (address, number) => `${address} ${number}`
  const byKey = new Map()
  for (const row of rows) {
    const at = key(row.cells[host], row.cells[port])
    byKey.set(at, [...byKey.get(at) ?? [], row])
  }
  return new Map(connections.map(connection => {
    const near = (byKey.get(key(connection.client, connection.client_port)) ?? []).map(row => ({ line: row.line, gap: Math.abs(Number(row.cells[ts]) - shift - connection.t_connect) })).sort((a, b) => a.gap - b.gap)[0]
    return [connection.conn, near && near.gap < 1 ? near.line : undefined]
  }))
}

/** Line of each connection in a TLS log, by connection. */
function handshakeLines(kind, scenario) {
  if (kind === 'zeek') return zeekLines(scenario)
  const column = kind === 'preread' ? 'line_preread' : 'line_clienthello'
  return new Map(scenario.connections.map(connection => [connection.conn, connection[column] ?? undefined]))
}

async function sessionsOf(inputs, options) {
  const run = correlate(inputs, { as, unmatched: true, ...options })
  const sessions = []
  for await (const session of run) sessions.push(session)
  return { sessions, summary: run.summary }
}

/** Sessions by the lines of their requests. */
const byRequestLine = sessions => new Map(sessions.flatMap(session => session.members.filter(member => member.type === 'http.request').map(member => [`${basename(member.file)}:${member.line}`, session])))

const within = (a, b) => Math.abs(a - b) <= WINDOW_S - MARGIN_S

/** True where the window must find the pair: both ends of the request lie in it, whichever the log stamps. */
const dueInWindow = (request, at) => within(request.t_req, at) && within(request.t_req + (request.dur_ms ?? 0) / 1000, at)

/** The look-up of a connection: right is the query's line or a reply line just below it in the resolver's log. */
function judgeLookup(request, session, hasHandshake, isState, score) {
  const { connection } = request
  if (connection.qname?.toLowerCase() !== connection.sni?.toLowerCase()) return // fronted or pinned: it was for another name
  const found = session.members.find(member => member.type.startsWith('dns.'))
  const isDue = connection.line_dns && (isState || (!connection.dns_from_cache && within(request.t_req, connection.t_dns) && within(connection.t_connect, connection.t_dns)))
  if (!found) score.lookup[hasHandshake ? 'missing' : 'unled'] += isDue ? 1 : 0
  else {
    const gap = found.line - connection.line_dns
    const isRight = connection.line_dns && basename(found.file) === RESOLVERS[connection.resolver] && gap >= 0 && gap <= 6
    score.lookup[isRight ? 'right' : 'other']++
    if (!isRight) score.otherLookups.push(`${request.edge} ${connection.client} ${connection.sni}: joined ${basename(found.file)}:${found.line}, truth ${connection.line_dns ? `${RESOLVERS[connection.resolver]}:${connection.line_dns}${connection.dns_from_cache ? ' (cached)' : ''}` : 'none in the log'}`)
  }
}

const pairOf = (session, member) => session.join.pairs.find(pair => pair.to === member.event_id)

async function scoreJoin(scenario, kind, bound) {
  const tls = join(scenario.dir, 'tls', TLS[kind])
  const inputs = [...Object.values(RESOLVERS).map(file => join(scenario.dir, 'dns', file)).filter(existsSync), tls, ...scenario.edges]
  const { sessions } = await sessionsOf(inputs, { bound, ...(scenario.shift ? { skewAuto: true } : {}) })
  const found = byRequestLine(sessions)
  const truth = handshakeLines(kind, scenario)
  const score = { right: 0, wrong: 0, missing: 0, lookup: { right: 0, other: 0, missing: 0, unled: 0 }, wrongs: [], otherLookups: [], missed: [] }
  const isState = bound === 'state'
  for (const request of scenario.requests) {
    const session = found.get(request.edge)
    const line = truth.get(request.conn)
    const isDue = line !== undefined && (isState || dueInWindow(request, request.connection.t_connect))
    const handshake = session?.members.find(member => member.type === 'tls.handshake')
    if (handshake && handshake.line === line) score.right++
    else if (handshake) {
      score.wrong++
      const pair = pairOf(session, handshake)
      score.wrongs.push(`${request.edge} ${request.connection.client}:${request.connection.client_port} ${request.host}: joined line ${handshake.line} by ${pair?.keys.join('+')} (delta ${pair?.delta_ms} ms, rivals ${pair?.rivals}), truth ${line ?? 'none'} (${((request.t_req - request.connection.t_connect) * 1000).toFixed(0)} ms before)`)
    } else if (isDue) {
      score.missing++
      score.missed.push(`${request.edge} ${request.connection.client}:${request.connection.client_port} ${request.host}: truth line ${line}`)
    }
    if (session) judgeLookup(request, session, line !== undefined, isState, score)
  }
  return score
}

/** Are the origin's lines in the session of the request they answer? The number at the end of the user agent is the label; the join does not look at it. */
async function scoreOrigin(scenario) {
  const folder = join(scenario.dir, 'origin')
  if (!existsSync(folder)) return undefined
  const files = readdirSync(folder).filter(file => file.endsWith('.log')).sort()
  const numbers = new Map(files.map(file => [file, lines(join(folder, file)).map(line => Number(/ r(\d{6})"/.exec(line)?.[1]))]))
  const edgeOf = new Map(scenario.requests.map(request => [request.rid, request.edge]))
  const { sessions } = await sessionsOf([...scenario.edges, ...files.map(file => join(folder, file))])
  const score = { right: 0, wrong: 0, alone: 0, unlabelled: 0, wrongs: [] }
  for (const session of sessions) {
    const edges = session.members.filter(member => member.type === 'http.request').map(member => `${basename(member.file)}:${member.line}`)
    for (const member of session.members) {
      const number = member.type === 'http.request' ? numbers.get(basename(member.file))?.[member.line - 1] : undefined
      if (number === undefined) continue
      const truth = edgeOf.get(number)
      const others = edges.filter(edge => !numbers.has(edge.split(':')[0]))
      if (truth === undefined) score.unlabelled++
      else if (others.includes(truth)) score.right++
      else if (others.length === 0) score.alone++
      else {
        score.wrong++
        score.wrongs.push(`${basename(member.file)}:${member.line} request ${number}: joined ${others.join(', ')}, truth ${truth}`)
      }
    }
  }
  return score
}

const print = (title, list) => {
  for (const one of list.slice(0, shown)) console.log(`      ${title} ${one}`)
  if (list.length > shown) console.log(`      … ${list.length - shown} more`)
}

const scenarios = readdirSync(join(lab, 'scenarios')).sort().map(name => join(lab, 'scenarios', name)).map(labels).filter(scenario => scenario.connections.length > 0)
const totals = new Map()
console.log('scenario                  tls log      bound    right  wrong  missing  share    look-up right  other  missing  without handshake in the log')
for (const scenario of scenarios) {
  for (const kind of Object.keys(TLS).filter(one => existsSync(join(scenario.dir, 'tls', TLS[one])))) {
    for (const bound of ['window', 'state']) {
      const score = await scoreJoin(scenario, kind, bound)
      const key = `${kind.padEnd(12)} ${bound}`
      const total = totals.get(key) ?? totals.set(key, { right: 0, wrong: 0, missing: 0, lookup: { right: 0, other: 0, missing: 0, unled: 0 } }).get(key)
      for (const field of ['right', 'wrong', 'missing']) total[field] += score[field]
      for (const field of ['right', 'other', 'missing', 'unled']) total.lookup[field] += score.lookup[field]
      console.log(row(basename(scenario.dir), kind, bound, score))
      print('wrong', score.wrongs)
      print('missed', score.missed)
      if (process.env.LOOKUPS) print('other look-up', score.otherLookups)
    }
  }
}
for (const [key, total] of totals) console.log(row('all', ...key.split(/\s+/), total))

function row(name, kind, bound, { right, wrong, missing, lookup }) {
  return `${name.padEnd(25)} ${kind.padEnd(12)} ${bound.padEnd(7)} ${String(right).padStart(6)} ${String(wrong).padStart(6)} ${String(missing).padStart(8)}  ${share(right, right + wrong + missing).padStart(7)}  ${String(lookup.right).padStart(13)} ${String(lookup.other).padStart(6)} ${String(lookup.missing).padStart(8)} ${String(lookup.unled).padStart(6)}`
}

console.log('\norigin leg: lines of origin logs in the session of the edge\'s request')
for (const scenario of scenarios) {
  const score = await scoreOrigin(scenario)
  if (!score) continue
  console.log(`${basename(scenario.dir).padEnd(25)} right ${score.right} wrong ${score.wrong} alone ${score.alone} without a label ${score.unlabelled}  ${share(score.right, score.right + score.wrong + score.alone)}`)
  print('wrong', score.wrongs)
}

console.log('\nclock skew: estimate against truth, ms')
for (const scenario of scenarios.filter(one => one.shift !== 0)) {
  for (const kind of Object.keys(TLS)) {
    const tls = join(scenario.dir, 'tls', TLS[kind])
    const { sessions, summary } = await sessionsOf([...Object.values(RESOLVERS).map(file => join(scenario.dir, 'dns', file)).filter(existsSync), tls, ...scenario.edges], { skewAuto: true })
    const estimate = -(sessions.find(session => session.join.skew_ms?.[tls] !== undefined)?.join.skew_ms[tls] ?? NaN)
    const others = [...new Set(sessions.flatMap(session => Object.keys(session.join.skew_ms ?? {})))].filter(path => path !== tls)
    console.log(`${basename(scenario.dir).padEnd(25)} ${kind.padEnd(12)} truth ${scenario.shift * 1000} estimate ${estimate} off by ${(estimate - scenario.shift * 1000).toFixed(1)}; also corrected: ${others.map(path => relative(scenario.dir, path)).join(', ') || 'none'}`)
    for (const note of summary.notes.filter(text => text.includes('clock'))) if (process.env.LOOKUPS) console.log(`      ${note.replaceAll(`${scenario.dir}/`, '')}`)
  }
}
