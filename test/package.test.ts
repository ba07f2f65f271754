// the packed package, installed in an empty folder: the bin runs, the import works, nothing is missing
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'logjoin-pack-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('npm pack, install, run and import', () => {
  const npm = (args: readonly string[], cwd: string): string => execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_config_loglevel: 'error' } })
  // scripts are left out: the build that the tests run from must not be wiped under them
  npm(['pack', '--ignore-scripts', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!
  writeFileSync(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}\n')
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)], folder)
  const installed = join(folder, 'node_modules', 'logjoin')
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/src/index.d.ts', 'samples/cdn.log', ...['cli/logjoin', 'columns/reader', 'threads/reader'].flatMap(name => [`dist/src/${name}.cjs`, `dist/src/${name}-run.cjs`])]) assert.ok(existsSync(join(installed, name)), `${name} is not in the package`)
  assert.ok(!existsSync(join(installed, 'dist', 'test')), 'tests are in the package')
  // V8 takes compiled code only from the very Node that made it
  assert.deepEqual(readdirSync(join(installed, 'dist'), { recursive: true }).filter(name => String(name).endsWith('.cache')), [])

  const bin = join(folder, 'node_modules', '.bin', 'logjoin')
  const samples = join(installed, 'samples')
  const run = spawnSync(bin, ['correlate', join(samples, 'dns.log'), join(samples, 'tls.log'), join(samples, 'cdn.log'), '--quiet'], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  assert.ok(run.stdout.split('\n').length > 50)
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }
  assert.equal(spawnSync(bin, ['--version'], { encoding: 'utf8' }).stdout.trim(), version)

  writeFileSync(join(folder, 'use.mjs'), `
    import { correlate, detect, parse, windowJoin, defineParser, defineDetector, parsers, detectors } from 'logjoin'
    import zeekSsl from 'logjoin/parsers/zeek-ssl'
    import { detectors as same } from 'logjoin/detectors'
    const run = correlate([${JSON.stringify(join(samples, 'tls.log'))}, ${JSON.stringify(join(samples, 'dns.log'))}], { windowMs: 5000 })
    let sessions = 0
    for await (const session of run) sessions += session.members.length > 1 ? 1 : 0
    console.log(JSON.stringify({ sessions, files: run.summary.files.length, id: zeekSsl.id, same: same === detectors, functions: [detect, parse, windowJoin, defineParser, defineDetector].every(one => typeof one === 'function'), parsers: parsers.length > 5 }))
  `)
  const used = JSON.parse(execFileSync(process.execPath, ['use.mjs'], { cwd: folder, encoding: 'utf8' })) as Record<string, unknown>
  assert.ok((used.sessions as number) > 50)
  assert.deepEqual({ ...used, sessions: undefined }, { sessions: undefined, files: 2, id: 'zeek-ssl', same: true, functions: true, parsers: true })
})
