// The go command: what `-x` prints of its fetches and VCS commands, its verdicts (`go: M@V: …`), and its JSON of modules.
import { defineParser } from '../src/read/define.js'
import { CommandReader } from '../src/read/go/command-reader.js'
import { isBuildLine, PROSE } from '../src/read/go/command-words.js'
import { goShare, type Voice } from '../src/read/go/heads.js'

const SURE = /^(?:# get [a-z]+:\/\/\S|\d{1,7}\.\d{3}s # (?:cd \S.*; )?(?:git|hg|svn|bzr|fossil) |modload: (?:query|received|error) |verifying \S+@v\S+: |warning: verifying \S+@v|\t"Path": "|\{"Path":"|go: )/
const MAYBE = /^(?:\t(?:server response|downloaded|go\.sum|module declares|fatal|[ "\]}])|[{}]$|# |mkdir -p |cd |SECURITY |This download |The bits |have intercepted |The download )/

function voice(text: string): Voice {
  if (SURE.test(text)) return 'sure'
  if (/^\S{1,300}\.go:\d{1,7}:\d{1,5}: (?:cannot find module|missing go\.sum|no required module)/.test(text)) return 'sure'
  return MAYBE.test(text) || isBuildLine(text) || PROSE.some(words => text.startsWith(words)) ? 'maybe' : undefined
}

export default defineParser({
  id: 'go-command',
  title: 'Go command (go … -x, go: messages, go mod download -json)',
  reference: 'https://go.dev/ref/mod#module-proxy',
  dataset: 'go.command',
  types: ['go.module', 'log.line'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'No line carries a time (pipe through logjoin stamp), and the duration of a fetch is the time to its response headers, DNS, connect, TLS and redirects included; a body that stalls leaves no line. No Go release prints the modload lines that articles show for GODEBUG=modloadtrace=1: use -x.',
  detect: head => goShare(head, voice),
  open: context => new CommandReader(context),
  samples: [
    {
      note: 'fetches and the verdicts on them',
      lines: [
        '# get https://proxy.example.com/goproxy/example.org/%21camel/lib/@v/v1.1.0.mod',
        '# get https://proxy.example.com/goproxy/example.org/dep/@v/list',
        '# get https://proxy.example.com/goproxy/example.org/%21camel/lib/@v/v1.1.0.mod: 200 OK (0.029s)',
        '# get https://proxy.example.com/goproxy/example.org/dep/@v/list: 404 Not Found (0.004s)',
        'go: downloading example.org/Camel/lib v1.1.0',
        '# get https://proxy.example.com/goproxy/example.org/%21camel/lib/@v/v1.1.0.zip',
        '# get https://sum.example.net/lookup/example.org/!camel/lib@v1.1.0',
        '# get https://sum.example.net/lookup/example.org/!camel/lib@v1.1.0: Get "https://sum.example.net/lookup/example.org/!camel/lib@v1.1.0": dial tcp 203.0.113.9:443: connect: connection refused',
        'go: example.org/Camel/lib@v1.1.0: verifying go.mod: example.org/Camel/lib@v1.1.0/go.mod: Get "https://sum.example.net/lookup/example.org/!camel/lib@v1.1.0": dial tcp 203.0.113.9:443: connect: connection refused',
        'go: example.org/dep@v0.3.0: reading https://proxy.example.com/goproxy/example.org/dep/@v/list: 404 Not Found',
        '\tserver response: not found: example.org/dep: no such module',
        'go: added example.org/Camel/lib v1.1.0',
        '# get https://proxy.example.com/x: 200 O',
      ],
      events: [
        {
          type: 'go.module', line: 1, duration_ms: 29, outcome: 'success', hostname: 'proxy.example.com',
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/goproxy/example.org/%21camel/lib/@v/v1.1.0.mod' },
          http: { request: { method: 'GET' }, response: { status_code: 200 } },
          go: { proxy: 'proxy.example.com/goproxy', module: { path: 'example.org/Camel/lib', version: 'v1.1.0', op: 'mod' } },
        },
        {
          type: 'go.module', line: 2, duration_ms: 4, outcome: 'failure', hostname: 'proxy.example.com',
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/goproxy/example.org/dep/@v/list' }, http: { request: { method: 'GET' }, response: { status_code: 404 } },
          go: { proxy: 'proxy.example.com/goproxy', module: { path: 'example.org/dep', version: 'v0.3.0', op: 'list' } },
          error: { type: 'module_not_found', message: 'example.org/dep@v0.3.0: reading https://proxy.example.com/goproxy/example.org/dep/@v/list: 404 Not Found; server response: not found: example.org/dep: no such module', code: '404' },
        },
        { type: 'log.line', line: 5, message: 'downloading example.org/Camel/lib v1.1.0', go: { module: { path: 'example.org/Camel/lib', version: 'v1.1.0' } } },
        {
          type: 'go.module', line: 6, outcome: 'unknown', hostname: 'proxy.example.com', message: 'no response headers where the trace ends',
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/goproxy/example.org/%21camel/lib/@v/v1.1.0.zip' }, http: { request: { method: 'GET' } },
          go: { proxy: 'proxy.example.com/goproxy', module: { path: 'example.org/Camel/lib', version: 'v1.1.0', op: 'zip' } },
        },
        {
          type: 'go.module', line: 7, outcome: 'failure', hostname: 'sum.example.net', server: { ip: '203.0.113.9', port: 443 }, network: { type: 'ipv4' },
          url: { scheme: 'https', domain: 'sum.example.net', path: '/lookup/example.org/!camel/lib@v1.1.0' }, http: { request: { method: 'GET' } },
          go: { module: { path: 'example.org/Camel/lib', version: 'v1.1.0', op: 'sumdb' } },
          error: { type: 'connection_refused', message: 'example.org/Camel/lib@v1.1.0: verifying go.mod: example.org/Camel/lib@v1.1.0/go.mod: Get "https://sum.example.net/lookup/example.org/!camel/lib@v1.1.0": dial tcp 203.0.113.9:443: connect: connection refused' },
        },
      ],
      merged: 6,
      skipped: { 'not-an-event': 1, malformed: 1 },
    },
    {
      note: 'version control, and a checksum that does not fit',
      lines: [
        '# get https://git.example.org/toy?go-get=1',
        '# get https://git.example.org/toy?go-get=1: 200 OK (0.026s)',
        'mkdir -p /home/u/go/pkg/mod/cache/vcs/e5214e # git3 https://git.example.org/git/toy.git',
        '# lock /home/u/go/pkg/mod/cache/vcs/e5214e.lock',
        'cd /home/u/go/pkg/mod/cache/vcs/e5214e; git tag -l',
        '0.001s # cd /home/u/go/pkg/mod/cache/vcs/e5214e; git tag -l',
        'cd /home/u/go/pkg/mod/cache/vcs/e5214e; git ls-remote -q origin',
        '3.095s # cd /home/u/go/pkg/mod/cache/vcs/e5214e; git ls-remote -q origin',
        'go: git.example.org/toy@v1.0.0: invalid version: git ls-remote -q origin in /home/u/go/pkg/mod/cache/vcs/e5214e: exit status 128:',
        "\tfatal: could not read Username for 'https://git.example.org': terminal prompts disabled",
        'Confirm the import path was entered correctly.',
        'verifying example.org/dep@v0.3.0: checksum mismatch',
        '\tdownloaded: h1:AAAA=',
        '\tgo.sum:     h1:BBBB=',
        '',
        'SECURITY ERROR',
        'This download does NOT match an earlier download recorded in go.sum.',
        "For more information, see 'go help module-auth'.",
      ],
      events: [
        {
          type: 'go.module', line: 1, duration_ms: 26, outcome: 'success', hostname: 'git.example.org', url: { scheme: 'https', domain: 'git.example.org', path: '/toy', query: 'go-get=1' },
          http: { request: { method: 'GET' }, response: { status_code: 200 } }, go: { module: { path: 'git.example.org/toy', op: 'meta' } },
        },
        {
          type: 'go.module', line: 7, duration_ms: 3095, outcome: 'failure', hostname: 'git.example.org', url: { scheme: 'https', domain: 'git.example.org', path: '/git/toy.git' },
          go: { module: { path: 'git.example.org/toy', version: 'v1.0.0', op: 'vcs' } }, process: { name: 'git', command_line: 'git ls-remote -q origin' },
          error: { type: 'authentication_required', message: "git.example.org/toy@v1.0.0: invalid version: git ls-remote -q origin in /home/u/go/pkg/mod/cache/vcs/e5214e: exit status 128: fatal: could not read Username for 'https://git.example.org': terminal prompts disabled", code: '128' },
        },
        {
          type: 'go.module', line: 12, outcome: 'failure', go: { module: { path: 'example.org/dep', version: 'v0.3.0' } },
          error: { type: 'checksum_mismatch', message: 'verifying example.org/dep@v0.3.0: checksum mismatch; downloaded: h1:AAAA=; go.sum:     h1:BBBB=' },
        },
      ],
      merged: 10,
      skipped: { 'not-an-event': 4, blank: 1 },
    },
    {
      note: 'modload lines and JSON',
      lines: [
        'modload: query https://proxy.example.com?module=example.org/errors',
        'modload: received 200 in 1.2s → version v1.0.0',
        'modload: query https://proxy.example.com?module=example.org/private',
        'modload: error 404',
        '{',
        '\t"Path": "example.org/dep",',
        '\t"Version": "v0.3.0",',
        '\t"Error": "example.org/dep@v0.3.0: reading https://proxy.example.com/example.org/dep/@v/v0.3.0.info: 410 Gone\\n\\tserver response: gone"',
        '}',
        '{',
        '\t"Path": "example.org/lib",',
        '\t"Version": "v1.1.0",',
        '\t"Sum": "h1:AAAA="',
        '}',
        '{',
        '\t"Path": "exam',
      ],
      events: [
        {
          type: 'go.module', line: 1, duration_ms: 1200, outcome: 'success', hostname: 'proxy.example.com',
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/', query: 'module=example.org/errors' }, http: { request: { method: 'GET' }, response: { status_code: 200 } },
          go: { module: { path: 'example.org/errors', version: 'v1.0.0', op: 'query' } },
        },
        {
          type: 'go.module', line: 3, outcome: 'failure', hostname: 'proxy.example.com',
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/', query: 'module=example.org/private' }, http: { request: { method: 'GET' }, response: { status_code: 404 } },
          go: { module: { path: 'example.org/private', op: 'query' } }, error: { type: 'module_not_found', code: '404' },
        },
        {
          type: 'go.module', line: 5, outcome: 'failure', hostname: 'proxy.example.com', url: { scheme: 'https', domain: 'proxy.example.com', path: '/example.org/dep/@v/v0.3.0.info' },
          http: { request: { method: 'GET' }, response: { status_code: 410 } }, go: { proxy: 'proxy.example.com', module: { path: 'example.org/dep', version: 'v0.3.0', op: 'info' } },
          error: { type: 'module_not_found', message: 'example.org/dep@v0.3.0: reading https://proxy.example.com/example.org/dep/@v/v0.3.0.info: 410 Gone; server response: gone', code: '410' },
        },
        { type: 'go.module', line: 10, outcome: 'success', go: { module: { path: 'example.org/lib', version: 'v1.1.0' } } },
      ],
      merged: 11,
      skipped: { incomplete: 1 },
    },
    {
      note: 'behind the log package',
      lines: [
        '2026/01/05 09:14:07.100000 # get https://user:xxxxx@proxy.example.com/example.org/dep/@v/v1.0.0.info',
        '2026/01/05 09:14:11.102000 # get https://user:xxxxx@proxy.example.com/example.org/dep/@v/v1.0.0.info: Get "https://user:xxxxx@proxy.example.com/example.org/dep/@v/v1.0.0.info": dial tcp: lookup proxy.example.com on 198.51.100.53:53: read udp 192.0.2.10:54593->198.51.100.53:53: i/o timeout',
        '2026/01/05 09:14:11.200000 main.go:3:8: no required module provides package example.org/other; to add it:',
        '2026/01/05 09:14:11.200000 \tgo get example.org/other',
        '2026/01/05 09:14:11.300000 # get https://other.example.com/example.org/dep/@v/v1.0.0.info: 200 OK (0.100s)',
        '2026/01/05 09:14:1',
      ],
      events: [
        {
          type: 'go.module', line: 1, ts_ms: 1767604447100, ts_end_ms: 1767604451102, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 4002, outcome: 'failure',
          hostname: 'proxy.example.com', url: { scheme: 'https', domain: 'proxy.example.com', path: '/example.org/dep/@v/v1.0.0.info' }, http: { request: { method: 'GET' } },
          go: { proxy: 'proxy.example.com', module: { path: 'example.org/dep', version: 'v1.0.0', op: 'info' } },
          error: { type: 'dns_timeout', message: 'Get "https://REDACTED@proxy.example.com/example.org/dep/@v/v1.0.0.info": dial tcp: lookup proxy.example.com on 198.51.100.53:53: read udp 192.0.2.10:54593->198.51.100.53:53: i/o timeout' },
        },
        {
          type: 'go.module', line: 3, ts_ms: 1767604451200, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure', go: { module: { path: 'example.org/other' } },
          error: { type: 'module_not_found', message: 'main.go:3:8: no required module provides package example.org/other; to add it: go get example.org/other' },
        },
        {
          type: 'go.module', line: 5, ts_ms: 1767604451200, ts_end_ms: 1767604451300, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 100, outcome: 'success',
          hostname: 'other.example.com', url: { scheme: 'https', domain: 'other.example.com', path: '/example.org/dep/@v/v1.0.0.info' },
          http: { request: { method: 'GET' }, response: { status_code: 200 } }, go: { proxy: 'other.example.com', module: { path: 'example.org/dep', version: 'v1.0.0', op: 'info' } },
        },
      ],
      merged: 2,
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'verdicts behind the place of an import, and below a chain of imports that was pasted with blanks',
      lines: [
        'go: finding module for package example.com/net/context',
        '../../main.go:10:5: module example.com/net/context: Get "https://proxy.example.com/example.com/net/context/@v/list": net/http: TLS handshake timeout',
        'main.go:11:2: undefined: context',
        'go: example.com/app imports',
        '        example.com/lib: example.com/lib@v1.9.1: verifying module: example.com/lib@v1.9.1: open /sumdb/sum.golang.org/latest: no such file or directory',
      ],
      events: [
        {
          type: 'go.module', line: 2, outcome: 'failure', hostname: 'proxy.example.com', url: { scheme: 'https', domain: 'proxy.example.com', path: '/example.com/net/context/@v/list' },
          http: { request: { method: 'GET' } }, tls: { established: false }, go: { proxy: 'proxy.example.com', module: { path: 'example.com/net/context', op: 'list' } },
          error: { type: 'connection_timeout', message: '../../main.go:10:5: module example.com/net/context: Get "https://proxy.example.com/example.com/net/context/@v/list": net/http: TLS handshake timeout' },
        },
        {
          type: 'go.module', line: 4, outcome: 'failure', go: { module: { path: 'example.com/lib', version: 'v1.9.1', op: 'sumdb' } },
          error: { type: 'checksum_database_error', message: 'example.com/app imports; example.com/lib: example.com/lib@v1.9.1: verifying module: example.com/lib@v1.9.1: open /sumdb/sum.golang.org/latest: no such file or directory' },
        },
      ],
      merged: 1,
      skipped: { 'not-an-event': 2 },
    },
  ],
})
