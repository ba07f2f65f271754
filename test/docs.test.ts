// docs cannot go stale: generated pages, the outputs shown in README and docs, error codes both ways
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

/** A page with its examples: the logs in ```text NAME blocks, then the commands of a ```shell-session block, each with what it prints. */
function withExamples(page: string): { text: string, examples: number } {
  const bundled = join(root, 'dist/src/cli/logjoin.cjs')
  const cli = existsSync(bundled) ? bundled : join(root, 'dist/src/cli/main.js')
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-examples-'))
  let examples = 0
  const run = (command: string): string => {
    examples++
    const shell = command.replaceAll('logjoin ', `"${process.execPath}" "${cli}" `)
    const { stdout, stderr } = spawnSync('bash', ['-c', shell], { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', COLUMNS: '100', TZ: 'UTC' } })
    return `$ ${command}\n${stdout}${stderr}`
  }
  try {
    return {
      text: page.replaceAll(/```(?:text (\S+)|shell-session)\n([\s\S]*?)```/g, (block, name: string | undefined, body: string) => {
        if (name === undefined) return `\`\`\`shell-session\n${body.split('\n').filter(line => line.startsWith('$ ')).map(line => run(line.slice(2))).join('')}\`\`\``
        writeFileSync(join(folder, name), body)
        return block
      }),
      examples,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('the examples of docs/join.md print what the page shows', () => {
  const path = join(root, 'docs/join.md')
  const page = readFileSync(path, 'utf8')
  const { text, examples } = withExamples(page)
  if (process.env.LOGJOIN_RECORD) writeFileSync(path, text)
  else assert.equal(page, text)
  assert.ok(examples >= 10, `${examples} examples`)
})
