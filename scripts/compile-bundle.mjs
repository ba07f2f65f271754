// keeps what V8 made of a bundle, after runs have shown which functions are needed; what the runs print goes nowhere
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { makeData } from '../bench/make-data.mjs'

const [dist, use] = process.argv.slice(2)
const moduleOf = path => import(pathToFileURL(join(dist, path)))
const { compiledFile, scriptOf } = await moduleOf('src/threads/bundle.js')
const require = createRequire(import.meta.url)
const threads = require('node:worker_threads')

const keep = (bundle, script, forUse) => writeFileSync(compiledFile(bundle, forUse), script.createCachedData())

/** Stands for a thread: runs its program here, where its compiled code can be had. */
class HereWorker extends EventEmitter {
  constructor(program, { workerData }) {
    super()
    this.port = new EventEmitter()
    this.port.postMessage = answer => setImmediate(() => this.emit('message', answer))
    this.bundle = program.replace(/\.cjs$/, '-run.cjs')
    const { script, load } = scriptOf(this.bundle)
    this.script = script
    load(Object.assign(name => name === 'node:worker_threads' ? { ...threads, parentPort: this.port, workerData } : require(name), { resolve: require.resolve }))
  }
  postMessage(ask) { setImmediate(() => this.port.emit('message', ask)) }
  async terminate() { keep(this.bundle, this.script) }
}

/** The bundles of the reading threads: of logs that all have briefs, and of logs that are read to events. */
async function compileReaders() {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-compile-'))
  threads.Worker = HereWorker
  syncBuiltinESMExports()
  try {
    const { correlateText } = await moduleOf('src/threads/correlate-text.js')
    const { HOPEFUL } = await moduleOf('src/assume.js')
    const files = Object.values(makeData({ folder, lines: 2000 }))
    const fields = ['time', 'hostname', 'client.ip', 'http.response.status_code', 'dns.resolved_ip', 'tls.version']
    for (const labels of [[], [{ value: ['leg', 'client'] }]]) {
      const done = await correlateText(files, { fields, labels, leastBytes: 0, jobs: 1 }, HOPEFUL, () => { /* nobody reads it */ })
      if (!done) throw new Error('the made-up logs were not read in threads')
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The bundle of the command line, after one of its commands. */
async function compileCommandLine(command) {
  const bundle = join(dist, 'src/cli/logjoin-run.cjs')
  const { script, load } = scriptOf(bundle)
  process.stdout.write = () => true
  if (await load().run([command, fileURLToPath(new URL('../samples', import.meta.url)), '--quiet']) !== 0) throw new Error('the samples were not read')
  keep(bundle, script, command)
}

await (use === 'threads' ? compileReaders() : compileCommandLine(use))
