// The command line as two files: logjoin.cjs answers --help and loads logjoin-run.cjs for the rest. Each reading thread as two more: reader.cjs loads
// reader-run.cjs. CommonJS, because Node starts it faster and V8 can keep its compiled code. The modules stay beside it: they are the library, what runs
// where a plug-in joins in, and what `formats` shows samples of.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const BANNER = 'const $bundleUrl = require("node:url").pathToFileURL(__filename).href; const $moduleUrl = path => new URL(path, $bundleUrl).href;'
const SAMPLES = '\n    samples: ['

/** Where the list that begins at `at` ends, behind its bracket. Knows texts; a list of samples holds no comment and no regular expression. */
function endOfList(text, at) {
  let depth = 1
  let quote
  for (; depth > 0 && at < text.length; at++) {
    const sign = text[at]
    if (quote !== undefined) {
      if (sign === '\\') at++
      else if (sign === quote) quote = undefined
    } else if ('\'"`'.includes(sign)) quote = sign
    else if ('[{('.includes(sign)) depth++
    else if (']})'.includes(sign)) depth--
  }
  return at
}

/** A parser without its sample lines, a third of its text. */
function withoutSamples(text) {
  const at = text.indexOf(SAMPLES)
  if (at === -1) return text
  return `${text.slice(0, at)}${SAMPLES}{ lines: '' }]${text.slice(endOfList(text, at + SAMPLES.length))}`
}

/** The modules as the bundle takes them: a module that asks where it lies gets the place it had, and parsers come without samples. */
const modules = folder => ({
  name: 'modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.m?js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const place = path.includes('node_modules') ? '$bundleUrl' : `$moduleUrl(${JSON.stringify(relative(folder, path))})`
      const isParser = relative(join(folder, '../../parsers'), path).match(/^[\w-]+\.js$/)
      return { contents: (isParser ? withoutSamples(text) : text).replaceAll('import.meta.url', place).replace(/^import \{ z \} from 'zod'/m, 'import * as z from \'zod\'') }
    })
  },
})

/** Modules that a run never needs, and what stands for them. */
const UNUSED = [
  { file: /\/zod\/.*\/locales\/index\.c?js$/, why: 'messages in sixty languages, of which the command line speaks one', contents: 'export {}' },
  { file: /\/node_modules\/string-width\/index\.js$/, why: 'measures text for the help of yargs, which nobody sees, and has ICU load its tables for it', contents: 'export default text => text.length' },
  { file: /\/node_modules\/wrap-ansi\/index\.js$/, why: 'wraps that help', contents: 'export default text => text' },
  { file: /\/detectors\/case-events\.js$/, why: 'builds the events of the detectors\' test cases', contents: 'export const caseEvents = () => []; export const repeat = () => []' },
]
const unused = {
  name: 'unused',
  setup({ onLoad }) { for (const { file, contents } of UNUSED) onLoad({ filter: file }, () => ({ contents })) },
}

const loadBundle = { name: 'load-bundle', setup({ onResolve }) { onResolve({ filter: /^\.\/load-run\.js$/ }, ({ resolveDir }) => ({ path: join(resolveDir, 'load-bundle.js') })) } }

/** Programs of the reading threads, and the parsers that the bundle of each holds; a thread loads any other as the module it is. */
const READERS = [
  { folder: 'src/columns', holds: parser => parser.table?.brief !== undefined },
  { folder: 'src/threads', holds: () => true },
]

/** Gives a bundle these parsers, each evaluated when it is asked for. */
const holding = parsers => ({
  name: 'parsers',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]threads[\\/]load-parser\.js$/ }, ({ path }) => {
      const place = id => `../../parsers/${id}.js`
      const entries = parsers.map(({ id }) => `[new URL(${JSON.stringify(place(id))}, $moduleUrl('../threads/load-parser.js')).href, () => import(${JSON.stringify(place(id))})]`)
      return { contents: `const held = new Map([${entries.join(', ')}]); const importModule = typeof $import === 'function' ? $import : url => import(url); export const loadParser = async url => (await (held.get(url)?.() ?? importModule(url))).default`, resolveDir: join(path, '..') }
    })
  },
})

/** Licences of the packages that a bundle holds. */
function licences(paths) {
  const names = new Set(paths.map(path => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))
  return [...names].sort().map(name => {
    const folder = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license'].map(one => join(folder, one)).find(existsSync)
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`
  }).join(`\n${'-'.repeat(78)}\n\n`)
}

const COMMON = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', minify: true, banner: { js: BANNER }, absWorkingDir: root, logLevel: 'warning', metafile: true }

/** The two files of the command line. Gives the paths of what they hold. */
async function bundleCommandLine(dist) {
  const folder = join(dist, 'src/cli')
  const run = await build({ ...COMMON, entryPoints: [join(folder, 'run.js')], outfile: join(folder, 'logjoin-run.cjs'), plugins: [unused, modules(folder)] })
  await build({ ...COMMON, entryPoints: [join(folder, 'main.js')], outfile: join(folder, 'logjoin.cjs'), external: ['./run.js'], plugins: [loadBundle, modules(folder)] })
  chmodSync(join(folder, 'logjoin.cjs'), 0o755)
  return Object.keys(run.metafile.inputs)
}

/** The two files of a reading thread. Gives the paths of what they hold. */
async function bundleReader(dist, { folder: place, holds }, parsers) {
  const folder = join(dist, place)
  const run = await build({ ...COMMON, entryPoints: [join(folder, 'reader.js')], outfile: join(folder, 'reader-run.cjs'), plugins: [unused, holding(parsers.filter(holds)), modules(folder)] })
  const contents = 'import { join } from "node:path"; import { loadBundle } from "../threads/bundle.js"; loadBundle(join(__dirname, "reader-run.cjs"))'
  await build({ ...COMMON, stdin: { contents, resolveDir: folder }, outfile: join(folder, 'reader.cjs'), plugins: [modules(folder)] })
  return Object.keys(run.metafile.inputs)
}

/**
 * Bundles the command line and the reading threads of a compiled tree.
 * @param compiled the folder that tsc wrote. Throws where a module cannot be bundled; that V8's code could not be kept is only said.
 */
export async function bundle(compiled) {
  const dist = resolve(compiled)
  const { parsers } = await import(pathToFileURL(join(dist, 'parsers/index.js')))
  const held = [await bundleCommandLine(dist)]
  for (const reader of READERS) held.push(await bundleReader(dist, reader, parsers))
  writeFileSync(join(dist, 'src/cli/LICENSES.txt'), licences(held.flat()))
  // each in a process of its own: V8 would give all of them the code that the first has left
  for (const use of ['correlate', 'detect', 'threads']) compile(dist, use)
}

function compile(dist, use) {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('compile-bundle.mjs', import.meta.url)), dist, use], { encoding: 'utf8' })
  if (status !== 0) console.error(`the command line will start more slowly, its code could not be compiled ahead: ${stderr}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2] ?? join(root, 'dist'))
