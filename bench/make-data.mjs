// Writes made-up logs of one and the same traffic: dns.json (Zeek), tls.json (Zeek ssl) and cdn.tsv (CloudFront standard), `--lines` records each.
// Same options, same bytes. Names and addresses are those set aside for documentation and for benchmarks (RFC 2606, RFC 5737, RFC 2544).
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { random } from './random.mjs'

/** Shares as published: flows without a DNS line (DNS-over-HTTPS, caches elsewhere) and flows that use an answer after its TTL ran out. */
const WITHOUT_DNS = 0.12
const STALE = 0.065
/** The moment of the first request: whole, so that times are easy to read. */
const START_MS = Date.UTC(2026, 2, 4, 10, 0, 0)
/** No line is written further from its request than this, so memory follows the rate and not the number of lines. */
const LONGEST_LAG_S = 400

const FIELDS = 'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'

/** Lines of one file, kept by the second of their place in it until no earlier one can come. */
class LogFile {
  seconds = new Map()
  next = -Infinity
  written = 0
  text = ''
  constructor(path, limit, header = '') {
    this.handle = openSync(path, 'w')
    this.limit = limit
    this.text = header
  }
  add(at, line) {
    const second = Math.floor(at / 1000)
    const lines = this.seconds.get(second)
    if (lines) lines.push([at, line])
    else this.seconds.set(second, [[at, line]])
  }
  /** Writes what stands before a second. */
  settle(before) {
    for (const second of [...this.seconds.keys()].filter(one => one < before).sort((a, b) => a - b)) {
      for (const [, line] of this.seconds.get(second).sort((a, b) => a[0] - b[0])) {
        if (this.written++ >= this.limit) continue
        this.text += `${line}\n`
      }
      this.seconds.delete(second)
      if (this.text.length > 1 << 20) this.flush()
    }
  }
  flush() {
    writeSync(this.handle, this.text)
    this.text = ''
  }
  end() {
    this.settle(Infinity)
    this.flush()
    closeSync(this.handle)
  }
}

const seconds = ms => (ms / 1000).toFixed(6)

/**
 * Writes the three files into `folder`.
 * `lines` of each; `skew` is the share of the traffic that goes to one name; `disorder` is how far, in ms, a line may stand from its place in time;
 * `rate` is requests a second.
 */
export function makeData({ folder, lines, seed = 1, skew = 0, disorder = 0, clients = 20_000, names = 2000, rate = 1000, errors = 0.01 }) {
  mkdirSync(folder, { recursive: true })
  const next = random(seed)
  const whole = limit => Math.floor(next() * limit)
  const word = length => { let text = ''; while (text.length < length) text += whole(36 ** 6).toString(36).padStart(6, '0'); return text.slice(0, length) }
  const dns = new LogFile(join(folder, 'dns.json'), lines)
  const tls = new LogFile(join(folder, 'tls.json'), lines)
  const cdn = new LogFile(join(folder, 'cdn.tsv'), lines, `#Version: 1.0\n#Fields: ${FIELDS}\n`)
  const place = at => at + (disorder > 0 ? (next() - 0.5) * disorder : 0)
  const clientOf = number => `198.${18 + ((number >>> 16) & 1)}.${(number >>> 8) & 255}.${number & 255}`
  const nameOf = number => `host${String(number).padStart(4, '0')}.example.com`
  const edgeOf = number => `203.0.113.${1 + number % 250}`
  const query = (at, client, name, addresses, id) => {
    const rtt = 0.0004 + next() * 0.02
    dns.add(place(at), `{"ts":${seconds(at)},"uid":"D${word(16)}","id.orig_h":"${client}","id.orig_p":${1024 + whole(64_000)},"id.resp_h":"198.51.100.53","id.resp_p":53,"proto":"udp","trans_id":${id},"rtt":${rtt.toFixed(6)},"query":"${name}","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":[${addresses.map(one => `"${one}"`).join(',')}],"TTLs":[${addresses.map(() => '60.0').join(',')}],"rejected":false}`)
  }
  let at = START_MS
  for (let i = 0; i < lines; i++) {
    at += -Math.log(1 - next()) * 1000 / rate
    const number = next() < skew ? 0 : whole(names)
    const name = nameOf(number)
    const client = clientOf(whole(clients))
    const port = 1024 + whole(64_000)
    const edges = [edgeOf(number), edgeOf(number + 7)]
    const edge = edges[whole(2)]
    const chance = next()
    const handshake = at + 3 + next() * 40
    if (chance < WITHOUT_DNS) query(at + next() * 1000, clientOf(whole(clients)), `other${whole(5000)}.example.org`, ['192.0.2.1'], whole(65_536)) // somebody else's traffic stands in, so that the file has its lines
    else if (chance < WITHOUT_DNS + STALE) query(at - 61_000 - next() * 240_000, client, name, edges, whole(65_536))
    else query(at - 30 - next() * 200, client, name, edges, whole(65_536))
    tls.add(place(handshake), `{"ts":${seconds(handshake)},"uid":"C${word(17)}","id.orig_h":"${client}","id.orig_p":${port},"id.resp_h":"${edge}","id.resp_p":443,"version":"TLSv13","cipher":"TLS_AES_128_GCM_SHA256","curve":"x25519","server_name":"${name}","resumed":false,"next_protocol":"h2","established":true,"ssl_history":"CsiI"}`)
    const took = 2 + -Math.log(1 - next()) * 60
    const sent = handshake + 20 + next() * 20
    const end = new Date(sent + took).toISOString()
    const result = next() < 0.8 ? 'Hit' : next() < 1 - 5 * errors ? 'Miss' : 'Error' // a fifth of the requests miss
    const status = result === 'Error' ? 502 : 200
    const bytes = 300 + whole(60_000)
    const path = `/assets/${whole(500)}/${word(8)}.js`
    cdn.add(place(sent + took), [
      end.slice(0, 10), end.slice(11, 19), `FRA${50 + whole(8)}-P${1 + whole(4)}`, bytes, client, 'GET', 'd0000example.cloudfront.net', path, status, `https://${name}/`, 'ExampleAgent/1.0%20(test)', `v=${whole(100)}`, '-', result, `${word(54)}==`, name, 'https',
      200 + whole(200), (took / 1000).toFixed(3), '-', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256', result, 'HTTP/2.0', '-', '-', port, (took / 1000).toFixed(3), result, 'application/javascript', bytes - 200, '-', '-',
    ].join('\t'))
    if (i % 4096 === 0) for (const file of [dns, tls, cdn]) file.settle(Math.floor(at / 1000) - LONGEST_LAG_S)
  }
  for (const file of [dns, tls, cdn]) file.end()
  return { dns: join(folder, 'dns.json'), tls: join(folder, 'tls.json'), cdn: join(folder, 'cdn.tsv') }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, skew: { type: 'string', default: '0' }, disorder: { type: 'string', default: '0' },
      clients: { type: 'string', default: '20000' }, rate: { type: 'string', default: '1000' }, errors: { type: 'string', default: '0.01' }, folder: { type: 'string', default: fileURLToPath(new URL('data', import.meta.url)) },
    },
  })
  const { folder, ...numbers } = values
  const files = makeData({ folder, ...Object.fromEntries(Object.entries(numbers).map(([key, text]) => [key, Number(text)])) })
  process.stdout.write(`${Object.values(files).join('\n')}\n`)
}
