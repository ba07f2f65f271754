/** What has to be learned of every row as it comes by: counts, what is said when nothing joins, and samples for hosts with two addresses and for clocks. */
import type { JoinAccount } from '../join/account.js'
import type { DualStack } from '../join/dual-stack.js'
import { STEPS, type SampledSource, type SkewSampler } from '../join/skew-sample.js'
import type { Block } from './block.js'
import { FAMILIES, type Dictionary } from './dictionary.js'

/** The rows of one log. */
export class Sightings {
  private source: SampledSource | undefined

  constructor(private readonly path: string, private readonly role: 'request' | 'tls' | 'dns', private readonly learners: { readonly account: JoinAccount, readonly dualStack: DualStack, readonly sampler: SkewSampler }) {}

  see(block: Block, dictionary: Dictionary): void {
    const { path, learners: { account } } = this
    const [whos, whats] = block.parts as [Int32Array, Int32Array]
    if (block.rows === 0) return
    account.rows(dictionary.whats[whats[0]!]!.type, path, block.rows, block.start, row => dictionary.whats[whats[row]!]!.names[0], row => dictionary.clientText(whos[row]!))
    this.sample(block, dictionary)
    this.learnHosts(block, dictionary)
  }

  /** For the comparison of clocks. */
  private sample({ rows, parts, port: ports, start, line }: Block, dictionary: Dictionary): void {
    const { learners: { sampler }, role } = this
    const [whos, whats] = parts as [Int32Array, Int32Array]
    const { clients, clientHashes, nameHashes, names } = dictionary
    const source = this.source ??= sampler.sourceOf(this.path, STEPS[dictionary.whats[whats[0]!]!.type]!)
    source.events += rows
    for (let row = 0; row < rows; row++) {
      const who = whos[row]!
      const what = whats[row]!
      if (clients[who] === -1) continue
      const port = ports[row] === -1 ? undefined : ports[row]!
      // of a large log hardly any line is kept
      if (!sampler.wantsLine(source, clientHashes[who]!, port, nameHashes[what]!)) continue
      const { names: [name], isCause, tick } = dictionary.whats[what]!
      const isNamed = names[what] !== -1 && (role !== 'dns' || isCause)
      sampler.lookAt(source, { client: dictionary.clientText(who)!, port, name: isNamed ? name : undefined, ofClient: clientHashes[who]!, ofName: nameHashes[what]! }, start[row]!, tick, line[row]!)
    }
  }

  /** For hosts with two addresses. A question over the family that it asks for tells nothing of them, and requests do not, either. */
  private learnHosts({ rows, parts, at }: Block, dictionary: Dictionary): void {
    const { learners: { dualStack }, role } = this
    const { whats, clientKinds } = dictionary
    const [whoOf, whatOf] = parts as [Int32Array, Int32Array]
    if (role === 'request' || (role === 'tls' && !dualStack.wantsConnections)) return
    for (let row = 0; row < rows; row++) {
      const who = whoOf[row]!
      const what = whats[whatOf[row]!]!
      if (role === 'tls' ? dualStack.wantsConnections : what.family !== 0 && what.family !== FAMILIES[clientKinds[who]!]) dualStack.seeFacts({ address: dictionary.clientText(who), names: what.names, isDated: true, role, family: what.family, at: at[row]!, tick: what.tick })
    }
  }
}
