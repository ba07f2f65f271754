/** A reading thread's side of its dictionary: what has to be learned of rows goes by their entries. */
import { ipFamily } from '../address.js'
import { sampleHash } from '../join/skew-sample.js'
import type { Block, What } from './block.js'

/** Entries of the dictionary that a file's blocks are filled with, and the numbers that samples are drawn by. */
export class Entries {
  private dictionary = 0
  clients: (string | undefined)[] = []
  clientHashes: number[] = []
  /** 0: no client. */
  clientFamilies: (0 | 4 | 6)[] = []
  whats: What[] = []
  nameHashes: number[] = []

  add({ dictionary, added: [whos, whats] }: Block): void {
    if (dictionary !== this.dictionary) {
      this.dictionary = dictionary
      this.clients = []
      this.clientHashes = []
      this.clientFamilies = []
      this.whats = []
      this.nameHashes = []
    }
    for (const { who } of whos!) {
      const { client } = who!
      this.clients.push(client)
      this.clientHashes.push(client === undefined ? 0 : sampleHash(client))
      this.clientFamilies.push(client === undefined ? 0 : ipFamily(client))
    }
    for (const { what } of whats!) {
      this.whats.push(what!)
      this.nameHashes.push(what!.names.length === 0 ? 0 : sampleHash(what!.names[0]!))
    }
  }
}
