import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import * as address from '../src/address.js'

test('canonicalIp', () => {
  const rows: [string, string | undefined][] = [
    ['192.0.2.1', '192.0.2.1'], ['0.0.0.0', '0.0.0.0'], ['255.255.255.255', '255.255.255.255'], ['255.255.255.256', undefined], ['192.0.2.01', undefined], ['192.0.2.00', undefined],
    ['192.0.2', undefined], ['192.0.2.1.', undefined], ['192.0.2.1.1', undefined], ['.192.0.2.1', undefined], ['192..2.1', undefined], ['192.0.2.1\0', undefined], ['192.0.2.\x11', undefined], [' 192.0.2.1', undefined],
    ['[192.0.2.1]', '192.0.2.1'], ['192.0.2.1:53', undefined], ['192.0.2.0/24', undefined],
    ['::', '::'], ['::1', '::1'], ['1::', '1::'], [':::', undefined], ['::1::', undefined], [':1', undefined], ['1:', undefined], ['1:2:3:4:5:6:7:', undefined], ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['2001:DB8::A', '2001:db8::a'], ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'], ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'], ['1:2:3:4:5:6:7:8:9', undefined], ['1:2:3:4:5:6:7', undefined], ['::1:2:3:4:5:6:7:8', undefined],
    ['12345::', undefined], ['g::', undefined], ['::\x11', undefined], ['::1\0', undefined], ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'], ['::FFFF:c000:0201', '192.0.2.1'], ['0:0:0:0:0:ffff:255.255.255.255', '255.255.255.255'], ['::fffe:192.0.2.1', '::fffe:c000:201'], ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'], ['::192.0.2.01', undefined],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'], ['1:2:3:4:5:6:7:192.0.2.1', undefined], ['::192.0.2.1:1', undefined], ['1:2:3:4:5::192.0.2.1', '1:2:3:4:5:0:c000:201'],
    ['fe80::1%eth0', 'fe80::1'], ['[fe80::1%25eth0]', 'fe80::1'], ['[fe80::1%eth0.1]', 'fe80::1'], ['fe80::1%', undefined], ['fe80::1%\0', undefined], ['192.0.2.1%eth0', undefined], ['[::1]', '::1'], ['[::1', undefined], ['::1]', undefined],
    ['', undefined], ['-', undefined], ['localhost', undefined], ['f'.repeat(1e6), undefined], [':'.repeat(1e6), undefined],
  ]
  for (let round = 0; round < 2; round += 1) for (const [text, wanted] of rows) assert.equal(address.canonicalIp(text), wanted, JSON.stringify(text.slice(0, 60)))
})

test('canonicalIp takes what node:net takes, and agrees with URL on the spelling', () => {
  const hex = fc.integer({ min: 0, max: 0xffff }).map((group) => group.toString(16))
  const group = fc.oneof(hex, fc.constantFrom('0', '0', '', '0000', 'FFFF', '1.2.3.4', '12345', 'x'))
  fc.assert(fc.property(fc.array(group, { minLength: 1, maxLength: 9 }), (parts) => {
    const text = parts.join(':')
    const result = address.canonicalIp(text)
    assert.equal(result !== undefined, isIPv6(text) || isIPv4(text), text)
    if (result === undefined || !isIPv6(text)) return
    const url = new URL(`http://[${text}]/`).hostname.slice(1, -1)
    if (address.ipFamily(result) === 6) assert.equal(result, url)
    else assert.equal(url, new URL(`http://[::ffff:${result}]/`).hostname.slice(1, -1))
    assert.equal(address.canonicalIp(result), result)
  }), { numRuns: 20_000 })
})

test('canonicalHost', () => {
  const label = 'a'.repeat(63)
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`
  const rows: [string, string | undefined][] = [
    ['wWw.ExAmPle.com.', 'www.example.com'], ['example', 'example'], ['a..b', undefined], ['.a', undefined], ['a..', undefined], ['.', undefined], ['', undefined], ['-', undefined], ['--', '--'],
    ['_dmarc.Example.com', '_dmarc.example.com'], ['*.Example.com', '*.example.com'], ['0/25.2.0.192.in-addr.arpa', '0/25.2.0.192.in-addr.arpa'],
    ['bücher.example', 'xn--bcher-kva.example'], ['BÜCHER.example.', 'xn--bcher-kva.example'], ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'], ['１９２.0.2.1', undefined], ['a\ufffd.example', undefined],
    ['a\\032b.example', 'a\\032b.example'], ['a\\.b.example', 'a\\.b.example'], ['a\\.', 'a\\.'], ['a\\..', 'a\\.'], ['a\\', undefined], ['a\\ b', undefined],
    ['a b', undefined], ['a\tb', undefined], ['a\0b', undefined], ['a\x7fb', undefined], ['name:443', undefined], ['[::1]', undefined], ['::1', undefined], ['192.0.2.1', undefined], ['192.0.2.1.', undefined], ['192.0.2.300', '192.0.2.300'],
    [longest, longest], [`${longest}.`, longest], [`${longest}b`, undefined], ['x'.repeat(1e6), undefined], ['é'.repeat(1e6), undefined],
  ]
  for (let round = 0; round < 2; round += 1) for (const [text, wanted] of rows) assert.equal(address.canonicalHost(text), wanted, JSON.stringify(text.slice(0, 60)))
})

test('splitHostPort', () => {
  const rows: [string, [string, number?] | undefined][] = [
    ['name:443', ['name', 443]], ['name', ['name']], ['name:', ['name']], ['name:https', undefined], ['name:65535', ['name', 65_535]], ['name:65536', undefined], ['name:-1', undefined], [':443', undefined],
    ['192.0.2.1:53', ['192.0.2.1', 53]], ['192.0.2.1#53', ['192.0.2.1', 53]], ['2001:db8::1#53', ['2001:db8::1', 53]], ['[2001:db8::1]:443', ['2001:db8::1', 443]], ['[2001:db8::1]', ['2001:db8::1']],
    ['2001:db8::1', ['2001:db8::1']], ['2001:db8::1:443', ['2001:db8::1:443']], ['[::1]443', undefined], ['[::1', undefined], ['[]:1', undefined], ['a:b:1', undefined], ['fe80::1%eth0', ['fe80::1%eth0']], ['', undefined], ['name:4 3', undefined],
    ['unix:/run/x.sock', undefined],
  ]
  for (const [text, wanted] of rows) {
    const found = address.splitHostPort(text)
    assert.deepEqual(found === undefined ? undefined : found.port === undefined ? [found.host] : [found.host, found.port], wanted, text)
  }
})

test('private addresses, at the edges of each block', () => {
  const inside = ['0.0.0.0', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.1', '169.254.1.1', '172.16.0.0', '172.31.255.255', '192.168.0.1', '::', '::1', 'fc00::', 'fdff::1', 'fe80::1', 'febf::1', '::ffff:10.0.0.1']
  const outside = ['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '128.0.0.0', '169.253.1.1', '172.15.255.255', '172.32.0.0', '192.167.0.1', '192.169.0.1', '::2', 'fbff::', 'fe00::', 'fec0::1', '2001:db8::1', 'example.com', 'fc::1', '']
  for (const ip of inside) assert.equal(address.isPrivateIp(ip), true, ip)
  for (const ip of outside) assert.equal(address.isPrivateIp(ip), false, ip)
})

test('cidrContains', () => {
  const rows: [string, string[], string[]][] = [
    ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255', '::ffff:192.0.2.7'], ['192.0.1.255', '192.0.3.0', '::1', 'x']],
    ['192.0.2.77/31', ['192.0.2.76', '192.0.2.77'], ['192.0.2.75', '192.0.2.78']],
    ['192.0.2.7', ['192.0.2.7'], ['192.0.2.8']], ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::']], ['255.255.255.255/32', ['255.255.255.255'], ['255.255.255.254']],
    ['2001:db8::/33', ['2001:db8::', '2001:db8:7fff::1'], ['2001:db8:8000::', '2001:db7::', '192.0.2.1']], ['::/0', ['::', 'ffff::'], ['1.2.3.4']], ['2001:db8::1', ['2001:DB8:0::1'], ['2001:db8::2']],
    ['::ffff:192.0.2.0/120', ['192.0.2.9'], ['192.0.3.9']],
  ]
  for (const [cidr, inside, outside] of rows) {
    const contains = address.cidrContains(cidr)
    for (const ip of inside) assert.equal(contains?.(ip), true, `${cidr} ${ip}`)
    for (const ip of outside) assert.equal(contains?.(ip), false, `${cidr} ${ip}`)
  }
  for (const wrong of ['', '/', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/-1', '192.0.2.0/8/8', '::/129', 'example.com/8', '::ffff:192.0.2.0/24']) assert.equal(address.cidrContains(wrong), undefined, wrong)
})

test('nameCoveredBy', () => {
  const rows: [string, string, boolean][] = [
    ['www.example.com', '*.example.com', true], ['WWW.Example.com.', '*.EXAMPLE.com', true], ['a.b.example.com', '*.example.com', false], ['example.com', '*.example.com', false], ['.example.com', '*.example.com', false],
    ['www.example.com', 'www.example.com', true], ['www.example.com', 'w*.example.com', false], ['www.example.com', '*', false], ['com', '*', false], ['www.example.com', 'www.*.com', false], ['a.', '*.', false],
    ['192.0.2.1', '*.0.2.1', false], ['192.0.2.1', '192.0.2.1', true], ['2001:db8::1', '2001:DB8:0::1', true], ['', '', false], ['xwww.example.com', '*www.example.com', false],
  ]
  for (const [name, pattern, wanted] of rows) assert.equal(address.nameCoveredBy(name, pattern), wanted, `${name} ${pattern}`)
})

test('what is kept does not keep the lines it came from', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
  const before = process.memoryUsage().heapUsed
  const kept: (string | undefined)[] = []
  for (let index = 0; index < 2000; index += 1) {
    // 20 kB a line: 40 MB, were the lines kept.
    const line = Buffer.from(`edge-cache-number-${index}.example.com 203.0.113.${index % 250} 2001:db8:1111:2222::${index.toString(16)} ${'x'.repeat(20_000)}`).toString('latin1')
    const [name = '', ip = '', v6 = ''] = line.split(' ')
    kept.push(address.canonicalHost(name), address.canonicalIp(ip), address.canonicalIp(v6), address.intern(line.slice(0, 40)))
  }
  gc()
  assert.ok(process.memoryUsage().heapUsed - before < 10e6)
  assert.equal(kept.length, 8000)
  assert.equal(address.intern('x'.repeat(1000)), 'x'.repeat(1000))
})
