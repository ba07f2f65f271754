// docs cannot go stale: generated pages, the outputs shown in README and docs, error codes both ways
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { REMEDIES } from '../src/problem.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('generated pages and shown outputs are what the commands give today', () => {
  const run = spawnSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
})

test('every problem code has a row in docs/problems.md and no row is left over', () => {
  const rows = [...readFileSync(join(root, 'docs/problems.md'), 'utf8').matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, code]) => code)
  assert.deepEqual(rows.sort(), Object.keys(REMEDIES).sort())
})

test('links in README and docs lead somewhere', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/join.md']) {
    for (const [, target] of readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)) assert.ok(existsSync(join(root, page, '..', target!)), `${page}: ${target}`)
  }
})

test('the samples are what their generator writes', () => {
  const before = ['dns.log', 'tls.log', 'cdn.log', 'go.trace'].map(name => readFileSync(join(root, 'samples', name), 'utf8'))
  assert.equal(spawnSync(process.execPath, [join(root, 'scripts/make-samples.mjs')]).status, 0)
  assert.deepEqual(['dns.log', 'tls.log', 'cdn.log', 'go.trace'].map(name => readFileSync(join(root, 'samples', name), 'utf8')), before)
})
