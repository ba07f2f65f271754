import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { redactHeaders, redactText, redactUrlQuery, redactUserinfo } from '../src/redact.js'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF-_123'

test('redactUrlQuery', () => {
  const rows: [string, string][] = [
    ['?token=abc&x=1', '?token=REDACTED&x=1'], ['access_token=a&id_token=b&refresh_token=c', 'access_token=REDACTED&id_token=REDACTED&refresh_token=REDACTED'],
    ['key=a&api_key=b&apikey=c&apiKey=d', 'key=REDACTED&api_key=REDACTED&apikey=REDACTED&apiKey=REDACTED'], ['sid=1&jwt=2&code=3&session=4', 'sid=REDACTED&jwt=REDACTED&code=REDACTED&session=REDACTED'],
    ['pwd=a&passwd=b&password=c%26d&auth=e', 'pwd=REDACTED&passwd=REDACTED&password=REDACTED&auth=REDACTED'],
    ['X-Amz-Algorithm=AWS4&X-Amz-Credential=AK%2F1&X-Amz-Signature=ab&X-Amz-SignedHeaders=host', 'X-Amz-Algorithm=AWS4&X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED&X-Amz-SignedHeaders=host'],
    ['sv=2020-01-01&sig=a%2Fb%3D&se=1', 'sv=2020-01-01&sig=REDACTED&se=1'], ['Policy=a&Signature=b&Key-Pair-Id=c&Expires=1', 'Policy=REDACTED&Signature=REDACTED&Key-Pair-Id=REDACTED&Expires=1'],
    ['hdnts=exp=1~acl=/*~hmac=ab&z=1', 'hdnts=REDACTED&z=1'], ['user%5Bpassword%5D=a&b=1', 'user%5Bpassword%5D=REDACTED&b=1'], ["password=it's;<here>", 'password=REDACTED'],
    ['u=https://bob:pw@host/&x=1', 'u=https://REDACTED@host/&x=1'], [`q=${JWT}`, 'q=REDACTED'], ['token=', 'token='], ['TOKEN=a', 'TOKEN=REDACTED'], ['PHPSESSID=a', 'PHPSESSID=REDACTED'],
  ]
  for (const [query, wanted] of rows) assert.equal(redactUrlQuery(query), wanted)
  for (const clean of ['', '?', 'id=1&page=2', 'status_code=200&country_code=de&monkey=1&author=x&sort_key=a&keyword=k', 'design=1&passenger=2&token_type=bearer', 'max_tokens=5', 'q=a@b.example']) assert.equal(redactUrlQuery(clean), clean)
})

test('redactUserinfo', () => {
  const rows: [string, string][] = [
    ['https://bob:s3cret@proxy.example.com/mod', 'https://REDACTED@proxy.example.com/mod'], ['https://bob:p@ss@host/', 'https://REDACTED@host/'], ['ssh://git@github.com/x', 'ssh://REDACTED@github.com/x'],
    ['a https://u:p@h1/ b https://u:p@h2/', 'a https://REDACTED@h1/ b https://REDACTED@h2/'], ['https%3A%2F%2Fu%3Ap%40host%2Fx', 'https%3A%2F%2FREDACTED%40host%2Fx'],
  ]
  for (const [url, wanted] of rows) assert.equal(redactUserinfo(url), wanted)
  for (const clean of ['https://proxy.golang.org/github.com/x/@v/list', 'https://h/?q=a@b', 'git@github.com:org/repo', 'mailto:a@b.example']) assert.equal(redactUserinfo(clean), clean)
})

test('redactHeaders', () => {
  const clean = { accept: '*/*', 'user-agent': 'curl/8.5.0', via: '1.1 edge' }
  assert.equal(redactHeaders(clean), clean)
  assert.deepEqual(redactHeaders({ cookie: '-', authorization: '' }), { cookie: '-', authorization: '' })
  assert.deepEqual(redactHeaders({ Authorization: 'Basic eA==', Cookie: ['a=1', 'b=2'], 'X-Api-Key': 'k', 'Set-Cookie': 's', Accept: '*/*', Referer: 'https://h/?token=abc' } as Record<string, string | string[]>),
    { Authorization: 'REDACTED', Cookie: ['REDACTED', 'REDACTED'], 'X-Api-Key': 'REDACTED', 'Set-Cookie': 'REDACTED', Accept: '*/*', Referer: 'https://h/?token=REDACTED' })
  const hostile = JSON.parse('{"__proto__":"Bearer abcdefgh1234","cookie":"x"}') as Record<string, string>
  const out = redactHeaders(hostile)
  assert.equal(Object.getPrototypeOf(out), Object.prototype)
  assert.deepEqual(Object.entries(out), [['__proto__', 'Bearer REDACTED'], ['cookie', 'REDACTED']])
})

const LINES: [string, string][] = [
  ['http2: Transport encoding header "authorization" = "Basic dXNlcjpzM2NyZXQ="', 'http2: Transport encoding header "authorization" = "REDACTED"'],
  ['decoded hpack field header field "cookie" = "sid=se\\"cret" (sensitive)', 'decoded hpack field header field "cookie" = "REDACTED" (sensitive)'],
  ['> authorization: Basic dXNlcjpzM2NyZXQ=', '> authorization: REDACTED'], ['< Set-Cookie: a=b; path=/', '< Set-Cookie: REDACTED'], ['* [HTTP/2] [1] [authorization: Bearer x]', '* [HTTP/2] [1] [authorization: REDACTED]'],
  ['> X-Auth-Token: abc', '> X-Auth-Token: REDACTED'], ['> Proxy-Authorization: Basic eA==\r\n> Host: x', '> Proxy-Authorization: REDACTED\r\n> Host: x'], ['curl -H "Private-Token: abc" https://x', 'curl -H "Private-Token: REDACTED" https://x'],
  ['GET /a?token=abc&x=1 HTTP/1.1', 'GET /a?token=REDACTED&x=1 HTTP/1.1'], ['/p?to=https%3A%2F%2Fh%2Fp%3Ftoken%3Dabc%26x=1', '/p?to=https%3A%2F%2Fh%2Fp%3Ftoken%3DREDACTED%26x=1'],
  ['data="grant_type=password&password=hunter2&x=1"', 'data="grant_type=password&password=REDACTED&x=1"'], ['data="{\\"password\\":\\"hun\\",\\"x\\":1}"', 'data="{\\"password\\":\\"REDACTED\\",\\"x\\":1}"'],
  ['{"access_token":"abc","code":"ENOTFOUND"}', '{"access_token":"REDACTED","code":"ENOTFOUND"}'], ['{"Cookie":["a","b"],"X":1}', '{"Cookie":["REDACTED"],"X":1}'], ['password="a b" x', 'password="REDACTED" x'],
  ['Authorization Bearer abcdef0123', 'Authorization Bearer REDACTED'], [`/p/${JWT}/q`, '/p/REDACTED/q'], ["* Server auth using Basic with user 'bob'", "* Server auth using Basic with user 'REDACTED'"],
  ['fatal: https://ghp_abcdefghijklmnop1234@github.com/', 'fatal: https://REDACTED@github.com/'], ['remote: glpat-abcdefghijk12', 'remote: REDACTED'],
]

test('redactText', () => {
  for (const [line, wanted] of LINES) assert.equal(redactText(line), wanted)
})

test('redactText leaves alone what is no secret', () => {
  const clean = ['', 'GET /index.html HTTP/1.1', '# get https://proxy.golang.org/github.com/!burnt!sushi/toml/@v/v1.3.2.mod: 200 OK (0.123s)', 'rpc error: code = Unavailable', 'x509: code=200 key=abc', 'using Basic authentication',
    'Bearer token expected', 'invalid token: unexpected end', '"token":""', 'http: named cookie not present', 'tls: bad record MAC', 'www-authenticate: Basic realm="x"', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    'eyJust a word', '{"cookie":"-","signature":"ET SCAN x","authorizationInfo":[{"granted":true}]}', 'otp-credentials=(), x', '> cookie: -', 'key_share=x25519 signature_algorithms=ecdsa', 'session reused', 'go: github.com/x/y@v1.2.3: invalid version']
  for (const text of clean) assert.equal(redactText(text), text)
})

test('redacting twice is redacting once, and no secret stays', () => {
  const piece = fc.oneof(fc.constantFrom(...LINES.map(([line]) => line)), fc.constantFrom('&', '?', ' ', '"', '\\"', '=', ': ', '\n', '%26', '%3D', '[', ']', 'token', 'authorization', 'Basic ', 'Bearer ', 'eyJ', '.', '://', '@', 'REDACTED', '\0'), fc.string({ maxLength: 12 }))
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const once = redactText(pieces.join(''))
    assert.equal(redactText(once), once)
    const query = redactUrlQuery(pieces.join(''))
    assert.equal(redactUrlQuery(query), query)
  }), { numRuns: 5000 })
  fc.assert(fc.property(fc.constantFrom('token', 'x-api-key', 'password', 'client_secret', 'X-Amz-Signature', 'PHPSESSID'), fc.stringMatching(/^[A-Za-z0-9]{8,20}$/), (name, value) => {
    const secret = `zq${value}`
    for (const text of [`/p?a=1&${name}=${secret}`, `"${name}":"${secret}"`, `"${name}" = "${secret}"`, `GET /x?${name}=${secret} HTTP/1.1`, `u=https%3A%2F%2Fh%2F%3F${name}%3D${secret}`]) assert.ok(!redactText(text).includes(secret), text)
  }))
})

test('long hostile texts take time in proportion', () => {
  const size = 200_000
  const units = ['eyJ', 'eyJaaaaaaaa.', '://', '://a:b', '%3A%2F%2F', '%40', 'token=', 'token%3D', '=', '%3D', '"token":"', '\\"token\\":\\"', 'authorization: ', '[authorization: ', 'a-', 'a', 'bearer ', 'basic a', '"', '\\', '["', '%26token', 'ghp_', ' auth using ', '\0']
  for (const unit of units) {
    const start = process.hrtime.bigint()
    redactText(`token ://:@%40 = ${unit.repeat(Math.ceil(size / unit.length))}`)
    redactUrlQuery(`token=1&${unit.repeat(Math.ceil(size / unit.length))}`)
    const ms = Number(process.hrtime.bigint() - start) / 1e6
    // Quadratic time would be minutes; the limit only has to tell the two apart.
    assert.ok(ms < 5000, `${unit}: ${ms} ms`)
  }
})
