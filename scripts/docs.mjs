// Writes what can be generated: docs/formats.md and docs/detectors.md from the definitions, docs/problems.md from the codes, and the output
// below each `$ logjoin …` in README.md and docs/*.md by running it in samples/. With --check it only says what is stale.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const { parsers, detectors, REMEDIES } = await import(new URL('../dist/src/index.js', import.meta.url))
const { eventOfSample } = await import(new URL('../dist/src/cli/sample.js', import.meta.url))
const { detectorPage } = await import(new URL('../dist/src/cli/detector-page.js', import.meta.url))
const stale = []

function put(path, text) {
  const full = join(root, path)
  const before = existsSync(full) ? readFileSync(full, 'utf8') : ''
  if (before === text) return
  if (check) stale.push(path)
  else {
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, text)
  }
}

const linesOf = sample => typeof sample.lines === 'string' ? [sample.lines] : sample.lines
const clip = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text
const escapeCell = text => text.replaceAll('|', '\\|')

async function formatsPage() {
  const sorted = [...parsers].sort((a, b) => a.id < b.id ? -1 : 1)
  const parts = [
    '# Formats', '',
    `Made by \`npm run docs\` from the ${parsers.length} parsers; \`logjoin formats ID\` prints one, \`logjoin formats --format json\` all of them for programs.`, '',
    'A format is recognised by its first lines, bare or inside syslog, a container runtime\'s envelope, journald, CloudWatch, a JSON array or stamps. `--as PATTERN=FORMAT` states it.', '',
    '| id | what | events |', '|---|---|---|',
    ...sorted.map(parser => `| [${parser.id}](#${parser.id}) | ${escapeCell(parser.title)} | ${parser.types.join(', ')} |`), '',
  ]
  for (const parser of sorted) {
    const index = parser.samples.findIndex(sample => (sample.events ?? []).length > 0)
    const sample = parser.samples[Math.max(0, index)]
    const event = await eventOfSample(parser, Math.max(0, index))
    parts.push(`## ${parser.id}`, '', `${parser.title}. Specified at <${parser.reference}>.`, '')
    if (parser.fromFormat) parts.push(`A format string of your own: \`--as 'PATTERN=${parser.fromFormat.prefix}:…'\`.`, '')
    if (parser.limits) parts.push(`What it cannot tell: ${parser.limits}`, '')
    if (sample.format) parts.push(`With \`${parser.fromFormat.prefix}:${sample.format}\`:`, '')
    parts.push('```', ...linesOf(sample).filter(line => !line.startsWith('#')).slice(0, 3).map(line => clip(line, 400)), '```', '')
    if (event) parts.push('```json', clip(JSON.stringify(event), 1200), '```', '')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function problemsPage() {
  return `${['# Problems', '', 'Every error has a stable code. `LOGJOIN_DEBUG=1` adds the stack trace of an internal one.', '', '| code | what to do |', '|---|---|', ...Object.entries(REMEDIES).map(([code, remedy]) => `| \`${code}\` | ${escapeCell(remedy)} |`)].join('\n')}\n`
}

/** Runs a command in a copy-free samples folder, with `logjoin` on its path. */
function run(command, folder) {
  const shim = join(folder, 'logjoin')
  if (!existsSync(shim)) symlinkSync(join(root, 'dist/src/cli/main.js'), shim)
  const result = spawnSync('bash', ['-c', command], { cwd: join(root, 'samples'), encoding: 'utf8', env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, NO_COLOR: '1', COLUMNS: '100', TZ: 'UTC' } })
  return `${result.stdout}${result.stderr}`.trimEnd()
}

function withOutputs(text) {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-docs-'))
  try {
    return text.replace(/```console\n\$ (.+)\n[\s\S]*?```/g, (_, command) => `\`\`\`console\n$ ${command}\n${run(command, folder)}\n\`\`\``)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

put('docs/formats.md', await formatsPage())
put('docs/detectors.md', detectorPage(detectors, existsSync(join(root, 'docs/detectors-measured.md')) ? readFileSync(join(root, 'docs/detectors-measured.md'), 'utf8') : ''))
put('docs/problems.md', problemsPage())
for (const path of ['README.md', ...readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)]) {
  const full = join(root, path)
  if (existsSync(full)) put(path, withOutputs(readFileSync(full, 'utf8')))
}
if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run npm run docs`)
  process.exit(1)
}
