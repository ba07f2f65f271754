// Writes samples/: one story told by four logs. A CDN's Shanghai edge waits 15 s for an origin that accepts connections and never
// answers, while Beijing, on another origin, is healthy; a `go mod download` hangs on it; and one resolver gives img.example.com a
// wrong address. Everything is made up: documentation names and addresses, a fixed clock, a seeded generator.
import { mkdirSync, writeFileSync } from 'node:fs'

const folder = new URL('../samples/', import.meta.url)
const T0 = Date.UTC(2026, 0, 5, 9, 14, 0)
let seed = 20260105
const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff
const between = (low, high) => low + Math.floor(random() * (high - low + 1))

const POPS = {
  SHA: { region: 'cn-east', edge: '203.0.113.10', origin: '198.51.100.20' },
  BJS: { region: 'cn-north', edge: '203.0.113.20', origin: '198.51.100.9' },
}
const CLIENTS = [
  ['192.0.2.11', 'SHA'], ['192.0.2.12', 'SHA'], ['192.0.2.13', 'SHA'], ['192.0.2.30', 'SHA'],
  ['192.0.2.21', 'BJS'], ['192.0.2.22', 'BJS'], ['192.0.2.23', 'BJS'],
]
const SITES = [
  { host: 'www.example.com', cname: 'www.cdn.example.net', paths: ['/', '/news', '/account'] },
  { host: 'static.example.com', cname: 'static.cdn.example.net', paths: ['/app.js', '/style.css', '/logo.svg'] },
  { host: 'img.example.com', cname: 'img.cdn.example.net', paths: ['/a.png', '/b.png'] },
]
const MODULES = { host: 'modules.example.com', cname: 'modules.cdn.example.net' }
const WRONG = '203.0.113.66'

const dns = []
const tls = []
const cdn = []
const trace = []
let port = 40000
let uid = 1

const seconds = ms => (ms / 1000).toFixed(6)
const zeekId = letter => `${letter}${(uid++).toString(36).padStart(5, '0')}`
const iso = ms => new Date(ms).toISOString()
const isoMicro = ms => `${new Date(Math.floor(ms)).toISOString().slice(0, -1)}${String(Math.round((ms % 1) * 1000)).padStart(3, '0')}Z`

function resolve(at, client, { host, cname }, address, rtt = between(2, 9)) {
  dns.push([at, [seconds(at), zeekId('D'), client, between(30000, 60000), client === '192.0.2.13' ? '192.0.2.54' : '192.0.2.53', 53, 'udp', between(1, 65535), (rtt / 1000).toFixed(6), host, 1, 'C_INTERNET', 1, 'A', 0, 'NOERROR', 'F', 'F', 'T', 'T', 0, `${cname},${address}`, '300.000000,60.000000', 'F']])
}

function handshake(at, client, host, address, { ok = true, subject = `CN=${host}`, issuer = 'CN=Example Web CA,O=Example', validation = 'ok' } = {}) {
  const clientPort = port++
  tls.push([at, [seconds(at), zeekId('T'), client, clientPort, address, 443, 'TLSv12', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'x25519', host, 'F', ok ? '-' : 'unknown_ca', 'http/1.1', ok ? 'T' : 'F', ok ? 'CsxkNGIti' : 'CsxkNL', `${Buffer.from(subject).toString('hex').padEnd(64, '0').slice(0, 64)}`, '-', subject, issuer, ok ? 'T' : 'F', validation]])
  return clientPort
}

function request(at, client, clientPort, pop, host, uri, { status = 200, cache = 'HIT', waited, total = between(1, 6) } = {}) {
  const { region, origin } = POPS[pop]
  const row = { time: iso(at), host, client_ip: client, client_port: clientPort, method: 'GET', uri, status, bytes: status === 200 ? between(900, 48000) : 160, duration_ms: total, pop, region, cdn_cache_hit: cache }
  if (waited !== undefined) Object.assign(row, { origin_ip: origin, origin_connect_ms: between(1, 4), ...(status === 504 ? {} : { origin_status: status }), origin_response_time_ms: waited })
  if (status === 504) row.error = 'origin read timeout'
  cdn.push([at + total, JSON.stringify(row)])
}

/** One visit: look-up, handshake, one to three requests on the connection. */
function visit(at, client, pop) {
  const site = SITES[between(0, SITES.length - 1)]
  const hijacked = site.host === 'img.example.com' && client === '192.0.2.13'
  const address = hijacked ? WRONG : POPS[pop].edge
  resolve(at, client, site, address)
  const connected = at + between(12, 30)
  if (hijacked) {
    handshake(connected, client, site.host, WRONG, { ok: false, subject: 'CN=parked.example.org', issuer: 'CN=parked.example.org', validation: 'self signed certificate' })
    return
  }
  const clientPort = handshake(connected, client, site.host, address)
  let next = connected + between(8, 20)
  for (let i = between(1, 3); i > 0; i--) {
    const path = site.paths[between(0, site.paths.length - 1)]
    const miss = site.host === 'www.example.com' && path !== '/'
    const isDown = miss && pop === 'SHA' && next >= T0 + 20_000 && next < T0 + 80_000
    if (isDown) {
      request(next, client, clientPort, pop, site.host, path, { status: 504, cache: 'MISS', waited: 15_000 + between(0, 4), total: 15_002 + between(3, 9) })
      return
    }
    if (miss) {
      const waited = between(40, 120)
      request(next, client, clientPort, pop, site.host, path, { cache: 'MISS', waited, total: waited + between(1, 3) })
    } else request(next, client, clientPort, pop, site.host, path)
    next += between(60, 400)
  }
}

function goDownload(at) {
  const client = '192.0.2.30'
  const base = `https://${MODULES.host}`
  const say = (ms, text) => trace.push(`${isoMicro(ms)} ${text}`)
  const file = (module, version, kind) => `/${module}/@v/${version}.${kind}`
  say(at, `# get ${base}${file('example.org/lib/alpha', 'v1.4.0', 'info')}`)
  resolve(at + 1.2, client, MODULES, POPS.SHA.edge)
  const clientPort = handshake(at + 14, client, MODULES.host, POPS.SHA.edge)
  request(at + 26, client, clientPort, 'SHA', MODULES.host, file('example.org/lib/alpha', 'v1.4.0', 'info'), { total: 2 })
  say(at + 29.4, `# get ${base}${file('example.org/lib/alpha', 'v1.4.0', 'info')}: 200 OK (0.029s)`)
  say(at + 31, `# get ${base}${file('example.org/lib/alpha', 'v1.4.0', 'zip')}`)
  request(at + 32, client, clientPort, 'SHA', MODULES.host, file('example.org/lib/alpha', 'v1.4.0', 'zip'), { total: 9 })
  say(at + 42.1, `# get ${base}${file('example.org/lib/alpha', 'v1.4.0', 'zip')}: 200 OK (0.011s)`)
  say(at + 44, `# get ${base}${file('example.org/lib/beta', 'v0.9.1', 'zip')}`)
  request(at + 45, client, clientPort, 'SHA', MODULES.host, file('example.org/lib/beta', 'v0.9.1', 'zip'), { status: 504, cache: 'MISS', waited: 15_002, total: 15_006 })
  say(at + 15_053, `# get ${base}${file('example.org/lib/beta', 'v0.9.1', 'zip')}: 504 Gateway Timeout (15.009s)`)
  say(at + 15_053.4, `go: example.org/lib/beta@v0.9.1: reading ${base}${file('example.org/lib/beta', 'v0.9.1', 'zip')}: 504 Gateway Timeout`)
}

for (let at = T0; at < T0 + 110_000; at += between(700, 1500)) {
  const [client, pop] = CLIENTS[between(0, CLIENTS.length - 1)]
  if (client !== '192.0.2.30') visit(at, client, pop)
}
goDownload(T0 + 31_000)

const zeek = (path, fields, rows) => [
  '#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', `#path\t${path}`, `#fields\t${fields.join('\t')}`,
  ...rows.sort(([a], [b]) => a - b).map(([, cells]) => cells.join('\t')), '',
].join('\n')

mkdirSync(folder, { recursive: true })
const ids = ['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p']
writeFileSync(new URL('dns.log', folder), zeek('dns', [...ids, 'proto', 'trans_id', 'rtt', 'query', 'qclass', 'qclass_name', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'AA', 'TC', 'RD', 'RA', 'Z', 'answers', 'TTLs', 'rejected'], dns))
writeFileSync(new URL('tls.log', folder), zeek('ssl', [...ids, 'version', 'cipher', 'curve', 'server_name', 'resumed', 'last_alert', 'next_protocol', 'established', 'ssl_history', 'cert_chain_fps', 'client_cert_chain_fps', 'subject', 'issuer', 'sni_matches_cert', 'validation_status'], tls))
writeFileSync(new URL('cdn.log', folder), `${cdn.sort(([a], [b]) => a - b).map(([, line]) => line).join('\n')}\n`)
writeFileSync(new URL('go.trace', folder), `${trace.join('\n')}\n`)
