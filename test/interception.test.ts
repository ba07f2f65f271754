// who signs, told by each log that names issuers; and what must not be mistaken for it
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { areStrangers, isInterceptor, isPublicIssuer, issuerOf, issuerOfGoError } from '../src/detect-support/issuers.js'
import { isPrivateAddress, networkOf } from '../src/detect-support/networks.js'
import { detect } from '../src/index.js'
import type { Finding } from '../src/schema/finding.js'

const START = 1_773_129_600
const GATEWAY = { commonName: 'gw1.hq.example', organization: 'Example Office' }
const SITES = [
  { name: 'www.amber.example', ip: '203.0.113.10', mark: 'a1', ca: { commonName: 'R11', organization: 'Let\'s Encrypt' } }, { name: 'shop.birch.example', ip: '198.51.100.20', mark: 'a2', ca: { commonName: 'DigiCert TLS RSA SHA256 2020 CA1', organization: 'DigiCert Inc' } },
  { name: 'mail.cedar.example', ip: '203.0.113.30', mark: 'a3', ca: { commonName: 'WR2', organization: 'Google Trust Services' } }, { name: 'delta.example', ip: '198.51.100.40', mark: 'a4', ca: { commonName: 'Example Regional CA', organization: 'Example Regional Trust' } },
]
type Site = (typeof SITES)[number]
type Ca = Site['ca']

const zeekName = ({ commonName, organization }: Ca): string => `CN=${commonName},O=${organization},C=XX`

/** Zeek's ssl.log, with the fingerprint only where `mark` is given. */
const zeek = (i: number, client: string, { name, ip }: Site, ca: Ca, mark?: string): string => JSON.stringify({
  ts: START + i, uid: `C${client}${i}`, 'id.orig_h': client, 'id.orig_p': 30_000 + i, 'id.resp_h': ip, 'id.resp_p': 443, version: 'TLSv12', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', server_name: name, resumed: false, established: true, ssl_history: 'CsxknGIi',
  ...(mark === undefined ? { subject: `CN=${name}`, issuer: zeekName(ca) } : { cert_chain_fps: [mark.repeat(32), 'ca'.repeat(32)] }), validation_status: 'ok', sni_matches_cert: true,
})
const x509 = (i: number, { name }: Site, ca: Ca, mark: string): string => JSON.stringify({
  ts: START + i, fingerprint: mark.repeat(32), 'certificate.version': 3, 'certificate.serial': `0${i}`, 'certificate.subject': `CN=${name}`, 'certificate.issuer': zeekName(ca), 'certificate.not_valid_before': START - 864_000, 'certificate.not_valid_after': START + 864_000,
  'san.dns': [name], 'basic_constraints.ca': false, host_cert: true, client_cert: false,
})
const suricata = (i: number, client: string, { name, ip }: Site, { commonName, organization }: Ca): string => JSON.stringify({
  timestamp: new Date((START + i) * 1000).toISOString().replace('Z', '000+0000'), flow_id: 1000 + i, event_type: 'tls', src_ip: client, src_port: 31_000 + i, dest_ip: ip, dest_port: 443, proto: 'TCP',
  tls: { subject: `CN=${name}`, issuerdn: `C=XX, O=${organization}, CN=${commonName}`, serial: `0A:0${i}`, fingerprint: Array.from({ length: 20 }, () => `0${i}`).join(':'), sni: name, version: 'TLS 1.2', notbefore: '2026-01-01T00:00:00', notafter: '2026-12-01T00:00:00' },
})
const clock = (i: number, ms = 0): string => new Date((START + i) * 1000 + ms).toISOString().replace('Z', '000Z')
const curl = (i: number, { name, ip }: Site, { commonName, organization }: Ca): string => [
  `* Host ${name}:443 was resolved.`, `* IPv4: ${ip}`, `*   Trying ${ip}:443...`, `* Connected to ${name} (${ip}) port 443`, '* ALPN: curl offers h2,http/1.1', '* TLSv1.3 (OUT), TLS handshake, Client hello (1):', '* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / id-ecPublicKey',
  '* Server certificate:', `*  subject: CN=${name}`, '*  start date: Jan  1 00:00:00 2026 GMT', '*  expire date: Dec  1 00:00:00 2026 GMT', `*  subjectAltName: host "${name}" matched cert's "${name}"`, `*  issuer: C=XX; O=${organization}; CN=${commonName}`, '*  SSL certificate verify ok.', '* using HTTP/1.x',
  '> GET / HTTP/1.1', `> Host: ${name}`, '> User-Agent: curl/8.11.0', '> ', '< HTTP/1.1 200 OK', `< Date: ${new Date((START + i) * 1000).toUTCString()}`, '< Content-Length: 0', '< ', '* Connection #0 to host left intact',
].map((line, at) => `${clock(i, at)} ${line}`).join('\n')
const openssl = (i: number, { name, ip }: Site, { commonName, organization }: Ca): string => [
  `$ openssl s_client -connect ${ip}:443 -servername ${name} </dev/null`, 'CONNECTED(00000003)', '---', 'Certificate chain', ` 0 s:CN = ${name}`, `   i:C = XX, O = ${organization}, CN = ${commonName}`, '---', 'Server certificate', `subject=CN = ${name}`, `issuer=C = XX, O = ${organization}, CN = ${commonName}`, '---',
  'New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384', 'Verify return code: 0 (ok)', '---', 'SSL-Session:', '    Protocol  : TLSv1.3', '    Cipher    : TLS_AES_256_GCM_SHA384', `    Start Time: ${START + i}`, '    Verify return code: 0 (ok)', '---', 'DONE',
].join('\n')
const go = (i: number, { name }: Site, { commonName }: Ca): string => {
  const url = `https://${name}/lib?go-get=1`
  const stamp = new Date((START + i) * 1000).toISOString().replace('Z', '000Z')
  return [`${stamp} # get ${url}`, `${stamp} # get ${url}: Get "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "${commonName}")`].join('\n')
}

const OUTSIDE = ['192.0.2.201', '2001:db8:77::5']
const outside = (with509 = false): string => OUTSIDE.flatMap((client, row) => SITES.map((site, i) => zeek(row * 10 + i * 2, client, site, site.ca, with509 ? site.mark : undefined))).join('\n')

async function findings(logs: Readonly<Record<string, string>>): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-issuers-'))
  try {
    const paths = Object.entries(logs).map(([name, text]) => {
      writeFileSync(join(folder, name), `${text}\n`)
      return join(folder, name)
    })
    const found: Finding[] = []
    for await (const finding of detect(paths)) found.push(finding)
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const of = (found: readonly Finding[]): Finding[] => found.filter(finding => finding.cause === 'interception-suspected')
const per = (make: (i: number, site: Site, ca: Ca) => string): string => SITES.map((site, i) => make(i * 2 + 1, site, GATEWAY)).join('\n')

const LOGS: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'Zeek ssl.log with issuers': () => ({ 'tls.log': `${outside()}\n${per((i, site, ca) => zeek(i, '198.51.100.7', site, ca))}` }),
  'Zeek ssl.log and x509.log': () => ({ 'ssl.log': `${outside(true)}\n${per((i, site, ca) => zeek(i, '198.51.100.7', site, ca, `b${i}`))}`, 'x509.log': `${SITES.map((site, i) => x509(i, site, site.ca, site.mark)).join('\n')}\n${per((i, site, ca) => x509(i, site, ca, `b${i}`))}` }),
  'Suricata\'s eve.json beside Zeek': () => ({ 'tls.log': outside(), 'eve.json': per((i, site, ca) => suricata(i, '198.51.100.7', site, ca)) }),
  'curl -v beside Zeek': () => ({ 'tls.log': outside(), 'curl.log': per(curl) }),
  'openssl s_client beside Zeek': () => ({ 'tls.log': outside(), 'probe.log': per(openssl) }),
  'errors of the go command beside Zeek': () => ({ 'tls.log': outside(), 'go.trace': per(go) }),
}

for (const [what, logs] of Object.entries(LOGS)) {
  test(`interception is told from ${what}`, async () => {
    const [finding, ...more] = of(await findings(logs()))
    assert.ok(finding, 'silent')
    assert.equal(more.length, 0)
    assert.equal(finding.rule.id, 'certificate-invalid')
    assert.ok(finding.severity_id >= 2, finding.severity)
    assert.match(finding.message, /gw1\.hq\.example|Example Office/)
    assert.equal(finding.measured.find(one => one.field === 'of them signed by another issuer for other clients')?.value, 4)
    const files = new Set(finding.evidence.map(line => line.file))
    for (const file of Object.keys(logs())) if (!file.startsWith('x509')) assert.ok([...files].some(path => path.endsWith(file)), `no evidence of ${file}`)
  })
}

test('what each issuer shows to everybody is none', async () => {
  assert.deepEqual(of(await findings({ 'tls.log': outside(), 'curl.log': SITES.map((site, i) => curl(i * 2 + 1, site, site.ca)).join('\n'), 'probe.log': SITES.map((site, i) => openssl(i * 2 + 1, site, site.ca)).join('\n') })), [])
})

test('an edge that gets its origins\' own certificates is no client that is intercepted', async () => {
  const edges = SITES.map(({ ip }, i) => zeek(i * 2 + 1, ip, SITES[(i + 1) % 4]!, { commonName: 'Example Origin CA', organization: 'Example Edge' })).join('\n')
  assert.deepEqual(of(await findings({ 'tls.log': `${outside()}\n${edges}` })), [])
})

test('an issuer is one however a log writes it', () => {
  const spellings = ['CN=gw1,O=Example\\, Inc.,C=XX', 'C = XX, O = "Example, Inc.", CN = gw1', 'C=XX; O=Example, Inc.; CN=gw1', '/C=XX/O=Example, Inc./CN=gw1', 'C=XX, O=Example, Inc., CN=gw1']
  assert.deepEqual([...new Set(spellings.map(text => issuerOf(text)?.key))], ['O=example, inc.'])
  assert.equal(issuerOf(''), undefined)
  assert.equal(issuerOf('C=XX'), undefined)
  assert.notEqual(issuerOf('CN=a,O=Internet Widgits Pty Ltd')!.key, issuerOf('CN=b,O=Internet Widgits Pty Ltd')!.key)
  assert.ok(!areStrangers(issuerOf('CN=gw1')!, issuerOf('CN=gw1,O=Example')!))
  assert.ok(areStrangers(issuerOf('CN=gw1')!, issuerOf('CN=gw2,O=Example')!))
})

test('CAs of the public, products that inspect, and neither', () => {
  for (const name of ['CN=R3,O=Let\'s Encrypt,C=US', 'CN=WE1,O=Google Trust Services,C=US', 'CN=Amazon RSA 2048 M02,O=Amazon,C=US']) assert.ok(isPublicIssuer(issuerOf(name)!), name)
  for (const name of ['CN=FGT60E,O=Fortinet', 'CN=mitmproxy,O=mitmproxy', 'CN=Gateway CA - Cloudflare Managed G1,O=Cloudflare\\, Inc.']) assert.ok(isInterceptor(issuerOf(name)!) && !isPublicIssuer(issuerOf(name)!), name)
  assert.ok(!isInterceptor(issuerOf('CN=Big Data CA')!) && !isPublicIssuer(issuerOf('CN=Big Data CA')!))
  assert.ok(isPublicIssuer(issuerOf('CN=x,O=Example Office')!, ['example office']))
  assert.equal(issuerOfGoError('x509: certificate has expired'), undefined)
})

test('networks of addresses', () => {
  assert.equal(networkOf('192.0.2.130', 24, 64), '192.0.2.0/24')
  assert.equal(networkOf('192.0.2.130', 25, 64), '192.0.2.128/25')
  assert.equal(networkOf('2001:db8:1:2:3::4', 24, 64), '2001:db8:1:2::/64')
  assert.equal(networkOf('2001:db8:1:ff::4', 24, 56), '2001:db8:1::/56')
  assert.equal(networkOf('::1', 24, 64), '::/64')
  assert.deepEqual(['10.1.2.3', '172.31.0.1', 'fd00::1', '192.0.2.1', '2001:db8::1', '100.64.0.1'].map(isPrivateAddress), [true, true, true, false, false, true])
})

test('every CA of the root program that Node carries is known as public', () => {
  const strangers = rootCertificates.map(pem => {
    const subject = new X509Certificate(pem).subject.split('\n').map(part => part.replaceAll(',', '\\,')).join(', ')
    const issuer = issuerOf(subject)
    return issuer && isPublicIssuer(issuer) ? undefined : subject
  }).filter(subject => subject !== undefined)
  // a later Node brings later ones
  assert.ok(strangers.length <= rootCertificates.length / 20, strangers.join('\n'))
})
