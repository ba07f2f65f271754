// folders, globs, patterns and rotated logs
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { expandInputs, globToRegExp, matchesPattern, rotationGroups } from '../src/input/expand.js'
import { type ProblemCode } from '../src/problem.js'
import { hasCode, SEED } from './input-bytes.js'

describe('expandInputs', () => {
  const TREE = ['logs/b.log', 'logs/a.log', 'logs/.hidden', 'logs/sub/c.log', 'logs/node_modules/x.log', 'dns.log', 'tls[1].log', 'empty.txt']
  let root = ''
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'logjoin-expand-'))
    for (const path of ['logs/sub', 'logs/node_modules', 'hollow']) await mkdir(join(root, path), { recursive: true })
    for (const path of TREE) await writeFile(join(root, path), '')
    await symlink('..', join(root, 'logs/sub/loop'))
    await symlink('nowhere', join(root, 'broken'))
    await symlink('dns.log', join(root, 'same.log'))
  })
  after(() => rm(root, { recursive: true }))
  const walked = ['(logs/a.log)', '(logs/b.log)', '(logs/sub/c.log)']

  const WANTED: readonly { args: string[], want: string[] }[] = [
    { args: [], want: [] },
    { args: ['-', 'dns.log', '-', './dns.log', 'same.log'], want: ['-', 'dns.log'] },
    { args: ['logs'], want: walked },
    { args: ['logs/'], want: walked },
    { args: ['./logs/sub'], want: ['(./logs/sub/c.log)', '(./logs/sub/loop/a.log)', '(./logs/sub/loop/b.log)'] },
    { args: ['logs', 'logs/b.log'], want: ['(logs/a.log)', 'logs/b.log', '(logs/sub/c.log)'] },
    { args: ['hollow'], want: [] },
    { args: ['tls[1].log'], want: ['tls[1].log'] },
    { args: ['*.log'], want: ['dns.log', 'tls[1].log'] },
    { args: ['logs/{b,a}.log'], want: ['logs/b.log', 'logs/a.log'] },
    { args: ['logs/[!b]*'], want: ['logs/a.log', '(logs/node_modules/x.log)', '(logs/sub/c.log)', '(logs/sub/loop/b.log)'] },
    { args: ['**/?.log'], want: ['logs/a.log', 'logs/b.log', 'logs/sub/c.log'] },
    { args: ['logs/**'], want: ['logs/a.log', 'logs/b.log', '(logs/node_modules/x.log)', 'logs/sub/c.log'] },
    { args: ['logs/.h*'], want: ['logs/.hidden'] },
  ]
  for (const { args, want } of WANTED) {
    test(`of ${args.join(' ') || 'nothing'}`, async () => {
      const files = await expandInputs(args, root)
      assert.deepEqual(files.map(file => (file.explicit ? file.path : `(${file.path})`)), want)
    })
  }

  const REFUSED: readonly { arg: string, code: ProblemCode, message: RegExp }[] = [
    { arg: 'dsn.log', code: 'no-such-file', message: /did you mean dns\.log\?/ },
    { arg: 'logs/A.log', code: 'no-such-file', message: /did you mean logs\/a\.log\?/ },
    { arg: 'completely-different', code: 'no-such-file', message: /^no such file$/ },
    { arg: 'absent/dns.log', code: 'no-such-file', message: /no folder absent/ },
    { arg: 'broken', code: 'no-such-file', message: /leads to nothing/ },
    { arg: '*.csv', code: 'is-empty-glob', message: /no file matches/ },
    { arg: '{a,b}'.repeat(12), code: 'bad-option', message: /1000/ },
  ]
  for (const { arg, code, message } of REFUSED) {
    test(`refuses ${arg}`, () => assert.rejects(expandInputs([arg], root), hasCode(code, message)))
  }
})

const PATTERNS: readonly { pattern: string, fits: string[], not: string[] }[] = [
  { pattern: '*.log', fits: ['a.log', 'x/y/a.log', '.log'], not: ['a.log.1', 'alog'] },
  { pattern: 'x/*.log', fits: ['x/a.log', './x/a.log'], not: ['x/y/a.log', 'y/x/a.log'] },
  { pattern: 'x/**/a.log', fits: ['x/a.log', 'x/y/z/a.log'], not: ['xx/a.log', 'x/ya.log'] },
  { pattern: '**/b/**/c*', fits: ['b/c', 'a/b/b/x/cc'], not: ['b/xc', 'bc', 'a/b'] },
  { pattern: '*{ab,a}*bc', fits: ['abc', 'xabxbc'], not: ['bc', 'ab'] },
  { pattern: 'a?[0-9][!x]', fits: ['a.1y', 'a😀1y'], not: ['a.1x', 'a.yy'] },
  { pattern: '{a,b{c,d}}', fits: ['a', 'bc', 'bd'], not: ['b', 'ac'] },
  { pattern: 'a\\*b', fits: ['a*b'], not: ['axb'] },
  { pattern: 'a(b|c)+$[', fits: ['a(b|c)+$['], not: ['ab'] },
  { pattern: '*a*b*', fits: ['ab', 'xaybz', 'aab'], not: ['ba', 'a'] },
]
for (const { pattern, fits, not } of PATTERNS) {
  test(`the pattern ${pattern} fits what it should`, () => {
    assert.deepEqual([...fits, ...not].filter(path => matchesPattern(pattern, path)), fits)
  })
}

test('a glob of many stars is not slow on a name that almost fits', () => {
  for (const [pattern, text] of [['*a'.repeat(20) + '*b', 'a'.repeat(20000)], ['**/a*/'.repeat(9) + 'b', 'a/'.repeat(9000)]] as const) {
    const start = performance.now()
    assert.equal(globToRegExp(pattern).test(text), false)
    assert.ok(performance.now() - start < 1000)
  }
})

test('globs agree with a plain matcher', () => {
  const fitsPlainly = (glob: string, text: string): boolean => {
    if (glob === '') return text === ''
    if (glob[0] === '*') return fitsPlainly(glob.slice(1), text) || (text !== '' && fitsPlainly(glob, text.slice(1)))
    return text !== '' && (glob[0] === '?' || glob[0] === text[0]) && fitsPlainly(glob.slice(1), text.slice(1))
  }
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }).filter(text => text !== '**')
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 })
  fc.assert(fc.property(glob, text, (pattern, name) => globToRegExp(pattern).test(name) === fitsPlainly(pattern, name)), { seed: SEED, numRuns: 3000 })
})

const ROTATIONS: readonly { name: string, paths: string[], want: string[][] }[] = [
  { name: 'numbers, the live file last', paths: ['dns.log', 'dns.log.1', 'dns.log.10.gz', 'dns.log.2.gz'], want: [['dns.log.10.gz', 'dns.log.2.gz', 'dns.log.1', 'dns.log']] },
  { name: 'dates behind and within the name', paths: ['dns.log', 'dns.log-20260102.zst', 'dns-20260101.log.br'], want: [['dns-20260101.log.br', 'dns.log-20260102.zst', 'dns.log']] },
  { name: 'dates before numbers', paths: ['a.log.1', 'a.log-2026-01-01', 'a.log'], want: [['a.log-2026-01-01', 'a.log.1', 'a.log']] },
  { name: 'hours of a day', paths: ['a.2026-01-01-10.log', 'a.2026-01-01-09.log'], want: [['a.2026-01-01-09.log', 'a.2026-01-01-10.log']] },
  { name: 'times of a Zeek folder', paths: ['d/dns.13:00:00-14:00:00.log.gz', 'd/dns.12:00:00-13:00:00.log.gz'], want: [['d/dns.12:00:00-13:00:00.log.gz', 'd/dns.13:00:00-14:00:00.log.gz']] },
  { name: 'names without an extension', paths: ['syslog', 'syslog.1', 'syslog.2.gz'], want: [['syslog.2.gz', 'syslog.1', 'syslog']] },
  { name: 'folders are kept apart', paths: ['x/a.log', 'y/a.log.1', '-'], want: [['x/a.log'], ['y/a.log.1'], ['-']] },
  { name: 'versions and addresses are no pieces', paths: ['go1.21', 'go1.22', '192.0.2.1', '192.0.2.2'], want: [['go1.21'], ['go1.22'], ['192.0.2.1'], ['192.0.2.2']] },
  { name: 'a name in digits with its live file is', paths: ['edge1', 'edge1.1'], want: [['edge1.1', 'edge1']] },
  { name: 'a number that is no date is a name', paths: ['a-20261301.log', 'a.log'], want: [['a-20261301.log'], ['a.log']] },
]
for (const { name, paths, want } of ROTATIONS) {
  test(`rotation: ${name}`, () => {
    assert.deepEqual(rotationGroups(paths), want)
    assert.deepEqual(rotationGroups(paths.toReversed()).toSorted().flat(), want.toSorted().flat())
  })
}
