// other people's files: the format named is right or the run asks, every line is accounted for, and no difference goes unexplained
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parsers } from '../parsers/index.js'
import { detectFormat, makeHead } from '../src/read/detect.js'
import { Problem } from '../src/problem.js'

const build = fileURLToPath(new URL('../', import.meta.url))
const root = [fileURLToPath(new URL('../../', import.meta.url)), process.cwd()].find(folder => existsSync(join(folder, 'bench', 'conformance.mjs')))

interface Account { files: { problem?: string }[], wrong: object[], unbalanced: string[], unexplained: object[] }

for (const name of ['thirdparty', 'lab']) {
  const folder = root === undefined ? undefined : join(root, '..', 'shared', name)
  test(`shared/${name}: right or asked, every line accounted for`, { skip: folder !== undefined && existsSync(folder) ? false : `no ../shared/${name} here` }, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'logjoin-conformance-'))
    try {
      const run = spawnSync(process.execPath, [join(root!, 'bench', 'conformance.mjs'), folder!, '--json', join(scratch, 'out.json')], { encoding: 'utf8', env: { ...process.env, LOGJOIN_DIST: build } })
      assert.ok(existsSync(join(scratch, 'out.json')), run.stderr)
      const account = JSON.parse(readFileSync(join(scratch, 'out.json'), 'utf8')) as Account
      assert.ok(account.files.length > 100)
      assert.deepEqual(account.wrong, [])
      assert.deepEqual(account.unbalanced, [])
      assert.deepEqual(account.unexplained, [])
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })
}

/** What lies in folders beside logs, and logs of formats that are not ours; written for this test. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'an empty file': [],
  'blank lines': ['', '', ''],
  comments: ['# one', '# two'],
  prose: ['A note about the incident.', '', 'It began at nine.'],
  markdown: ['# Incident', '', '- dns was slow', '- see www.example.com'],
  yaml: ['service: edge', 'hosts:', '  - www.example.com'],
  'an object': ['{}', '{"a":1}'],
  'pretty-printed JSON of nothing known': ['[', '  {', '    "kind": "dns",', '    "data": { "name": "www.example.com" }', '  }', ']'],
  csv: ['name,count', 'www.example.com,3'],
  'a Java log': ['2026-01-05 09:14:07,123 INFO [main] com.example.Server - started'],
  sshd: ['Jan  5 09:14:07 host1 sshd[123]: Accepted publickey for operator from 192.0.2.1 port 50022 ssh2'],
  kernel: ['Jan  5 09:14:07 host1 kernel: [   12.345678] eth0: link up'],
  'a container without a known program': ['{"log":"hello\\n","stream":"stdout","time":"2026-01-05T09:14:07Z"}'],
  PostgreSQL: ['2026-01-05 09:14:07.123 UTC [1234] LOG:  database system is ready to accept connections'],
  MongoDB: ['{"t":{"$date":"2026-01-05T09:14:07.000+00:00"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"192.0.2.1:50022"}}'],
  'VPC flow logs': ['2 123456789010 eni-0123456789abcdef0 192.0.2.139 198.51.100.21 20641 443 6 20 4249 1767604447 1767604507 ACCEPT OK'],
  CloudTrail: ['{"Records":[{"eventVersion":"1.08","eventTime":"2026-01-05T09:14:07Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","sourceIPAddress":"192.0.2.1","userAgent":"ExampleAgent/1.0"}]}'],
  'a Kubernetes audit log': ['{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","requestURI":"/api","verb":"get","sourceIPs":["192.0.2.1"],"responseStatus":{"code":200}}'],
  'Suricata fast.log': ['01/05/2026-09:14:07.123456  [**] [1:2100498:7] EXAMPLE [**] [Classification: x] [Priority: 2] {TCP} 192.0.2.1:80 -> 198.51.100.2:50022'],
  'a Windows firewall log': ['#Version: 1.5', '#Software: Microsoft Windows Firewall', '#Fields: date time action protocol src-ip dst-ip src-port dst-port size', '2026-01-05 09:14:07 ALLOW TCP 192.0.2.1 198.51.100.2 50022 443 0'],
  'a Zeek log of another kind': ['#separator \\x09', '#path\tfiles', '#fields\tts\tfuid\tsource\tmime_type', '#types\ttime\tstring\tstring\tstring', '1767604447.123456\tF1\tHTTP\ttext/plain'],
  'S3 server access': ['79a59df900b949e5 bucket1 [05/Jan/2026:09:14:07 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3EXAMPLE REST.GET.OBJECT a.txt "GET /bucket1/a.txt HTTP/1.1" 200 - 113 113 7 6 "-" "ExampleAgent/1.0" - abc= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bucket1.s3.amazonaws.com TLSv1.2'],
  gin: ['[GIN] 2026/01/05 - 09:14:07 | 200 |     1.2ms |       192.0.2.1 | GET      "/api"'],
  uvicorn: ['INFO:     192.0.2.1:50022 - "GET / HTTP/1.1" 200 OK'],
}

test('formats that are not ours are claimed by nobody', () => {
  for (const [what, lines] of Object.entries(STRANGERS)) {
    const head = makeHead('/logs/stranger.log', lines)
    assert.throws(() => detectFormat(head, { parsers, areShares: true }), (error: unknown) => error instanceof Problem && error.code === 'no-format', `${what}: ${parsers.filter(parser => parser.detect(head) > 0).map(parser => parser.id).join(', ')}`)
  }
})
