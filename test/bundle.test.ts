// the reading threads as the build bundles them, against the modules: the same answers, whether or not the bundle holds the parser
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { BriefAssignment } from '../src/columns/messages.js'
import type { Assignment } from '../src/threads/messages.js'

const folder = mkdtempSync(join(tmpdir(), 'logjoin-bundle-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const built = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const isBuilt = existsSync(built('src/cli/logjoin.cjs')) ? false : 'not built'

const log = join(folder, 'dns.json')
writeFileSync(log, Array.from({ length: 3000 }, (_, i) => i % 97 === 5 ? 'no record' : JSON.stringify({
  ts: 1767604440 + i / 10, uid: `D${i}`, 'id.orig_h': `192.0.2.${i % 200}`, 'id.orig_p': 40000 + i % 9, 'id.resp_h': '198.51.100.53', 'id.resp_p': 53, proto: 'udp', trans_id: i, rtt: 0.004,
  query: `host${i % 31}.example.com`, qclass: 1, qclass_name: 'C_INTERNET', qtype: 1, qtype_name: 'A', rcode: 0, rcode_name: 'NOERROR', AA: false, TC: false, RD: true, RA: true, Z: 0, answers: [`203.0.113.${i % 40}`], TTLs: [60], rejected: false,
})).join('\n'))

interface Said { readonly end?: object, readonly failure?: string, readonly unsuited?: string, readonly blocks: readonly object[], readonly rejects: readonly object[] }

/** Everything that a thread answers of its one log. */
function answersOf(program: string, assignment: BriefAssignment | Assignment): Promise<Said[]> {
  const worker = new Worker(program)
  const answers: Said[] = []
  const done = new Promise<Said[]>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (said: Said) => {
      answers.push(said)
      if (said.end ?? said.failure ?? said.unsuited) resolve(answers)
      else worker.postMessage({ log: 0 })
    })
  })
  worker.postMessage({ assignment })
  worker.postMessage({ log: 0 })
  return done.finally(() => worker.terminate())
}

const parser = new URL('../parsers/zeek-dns.js', import.meta.url).href
const brief = (file: string): BriefAssignment => ({ options: {}, logs: [{ number: 0, path: log, parser: file, role: 'dns' }], referenceMs: undefined, traits: new Map(), wanted: ['hostname', 'dns.resolved_ip'], keepsRejects: true, slackMs: 10_000 })
const whole = (file: string): Assignment => ({ hashSeed: 7, options: {}, parsers: [file], logs: [{ number: 0, paths: [log] }], referenceMs: undefined, traits: new Map(), aliases: new Map(), kinds: new Map([[log, new Set(['dns'])]]), wanted: ['hostname'], keepsRejects: true })

for (const [place, assignment] of [['src/columns', brief], ['src/threads', whole]] as const) {
  test(`the bundled reader of ${place} answers as its module does`, { skip: isBuilt }, async () => {
    const [byBundle, byOther, byModule] = await Promise.all([
      answersOf(built(`${place}/reader.cjs`), assignment(parser)),
      answersOf(built(`${place}/reader.cjs`), assignment(`${parser}?another`)), // which the bundle does not hold
      answersOf(built(`${place}/reader.js`), assignment(parser)),
    ])
    assert.ok(byModule.some(({ blocks }) => blocks.length > 0) && byModule.at(-1)!.end !== undefined, JSON.stringify(byModule.at(-1)).slice(0, 500))
    assert.equal(byModule.flatMap(({ rejects }) => rejects).length, 31)
    assert.deepEqual(byBundle, byModule)
    assert.deepEqual(byOther, byModule)
  })
}
