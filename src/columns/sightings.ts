/**
 * What has to be learned of every row: counts, what is said when nothing joins, and samples for hosts with two addresses and for clocks. The
 * thread that reads a log does it, since the joining one has the most to do; what was learned is handed over at the end.
 */
import { JoinAccount, type SeenRows } from '../join/account.js'
import { DualStack, type SeenHosts } from '../join/dual-stack.js'
import { SkewSampler, STEPS, type SampledSource } from '../join/skew-sample.js'
import type { Block } from './block.js'
import { Entries } from './entries.js'

/** What was learned of a log. */
export interface Learned { readonly seen: readonly SeenRows[], readonly hosts: SeenHosts, readonly sample: SampledSource | undefined }

/** The rows of one log. */
export class Sightings {
  private readonly account = new JoinAccount()
  private readonly dualStack = new DualStack()
  private readonly sampler = new SkewSampler()
  private readonly entries = new Entries()
  private source: SampledSource | undefined

  constructor(private readonly path: string, private readonly role: 'request' | 'tls' | 'dns') {}

  see(block: Block): void {
    const { path, account, entries } = this
    entries.add(block)
    const [whos, whats] = block.parts as [Int32Array, Int32Array]
    if (block.rows === 0) return
    account.rows(entries.whats[whats[0]!]!.type, path, block.rows, block.start, row => entries.whats[whats[row]!]!.names[0], row => entries.clients[whos[row]!])
    this.sample(block)
    this.learnHosts(block)
  }

  get learned(): Learned { return { seen: this.account.seenRows, hosts: this.dualStack.seenHosts, sample: this.source } }

  /** For the comparison of clocks. */
  private sample({ rows, parts, port: ports, start, line }: Block): void {
    const { sampler, role, entries: { clients, clientHashes, whats, nameHashes } } = this
    const [whoOf, whatOf] = parts as [Int32Array, Int32Array]
    const source = this.source ??= sampler.sourceOf(this.path, STEPS[whats[whatOf[0]!]!.type]!)
    source.events += rows
    for (let row = 0; row < rows; row++) {
      const who = whoOf[row]!
      const what = whatOf[row]!
      const port = ports[row] === -1 ? undefined : ports[row]!
      // of a large log hardly any line is kept
      if (!sampler.wantsLine(source, clientHashes[who]!, port, nameHashes[what]!)) continue
      const { names: [name], isCause, tick } = whats[what]!
      sampler.lookAt(source, { client: clients[who] ?? '', port, name: role === 'dns' && !isCause ? undefined : name, ofClient: clientHashes[who]!, ofName: nameHashes[what]! }, start[row]!, tick, line[row]!)
    }
  }

  /** For hosts with two addresses. A question over the family that it asks for tells nothing of them, and requests do not, either. */
  private learnHosts({ rows, parts, at }: Block): void {
    const { dualStack, role, entries: { clients, clientFamilies, whats } } = this
    const [whoOf, whatOf] = parts as [Int32Array, Int32Array]
    if (role === 'request' || (role === 'tls' && !dualStack.wantsConnections)) return
    for (let row = 0; row < rows; row++) {
      const who = whoOf[row]!
      const { names, family, tick } = whats[whatOf[row]!]!
      if (role === 'tls' ? dualStack.wantsConnections : family !== 0 && family !== clientFamilies[who]) dualStack.seeFacts({ address: clients[who], names, isDated: true, role, family, at: at[row]!, tick })
    }
  }
}
