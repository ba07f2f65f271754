/** The joining thread's side of the reading threads: starts them, asks them for more, and gives what they read as facts. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker, type ResourceLimits } from 'node:worker_threads'
import type { Facts } from '../join/facts.js'
import { Block } from './row-facts.js'
import type { Answer, Ask, Assignment } from './messages.js'
import type { Start } from './serve.js'
import { Unsuited } from './unsuited.js'

/** Blocks asked for ahead of the join, per log. */
const AHEAD = 2

interface Waiting<A> { resolve(answer: A): void, reject(error: Error): void }

/** The program as the build bundles it, which starts in a fraction of the time; the module itself where nothing is bundled. */
function programFile(program: URL): string {
  const module = fileURLToPath(program)
  const bundled = module.replace(/\.js$/, '.cjs')
  return existsSync(bundled) ? bundled : module
}

/** A reading thread. Answers of one log come in the order they were asked for. */
export class ReadingThread<A extends { readonly log: number }> {
  private readonly worker: Worker
  private readonly waiting = new Map<number, Waiting<A>[]>()
  private failure: Error | undefined

  /** @param program what the thread runs; it loads it at once, and waits for its assignment. @param limits of its memory. */
  constructor(program: URL, limits: ResourceLimits = {}) {
    this.worker = new Worker(programFile(program), { resourceLimits: limits })
    this.worker.on('message', (answer: A) => this.waiting.get(answer.log)?.shift()?.resolve(answer))
    // a thread that runs out of memory costs time, not the run: the plain path has all of it
    this.worker.on('error', error => this.fail((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? new Unsuited(error.message) : error as Error))
    this.worker.on('exit', () => this.fail(new Error('a reading thread has ended before its logs did')))
  }

  /** Says what the thread is to read; before anything is asked of it. */
  assign<Assignment>(assignment: Assignment): void { this.worker.postMessage({ assignment } satisfies Start<Assignment>) }

  private fail(error: Error): void {
    this.failure ??= error
    for (const list of this.waiting.values()) for (const waiting of list.splice(0)) waiting.reject(error)
  }

  ask(log: number, spent: ArrayBuffer[] = []): Promise<A> {
    if (this.failure) return Promise.reject(this.failure)
    const list = this.waiting.get(log) ?? []
    this.waiting.set(log, list)
    const answer = new Promise<A>((resolve, reject) => list.push({ resolve, reject }))
    answer.catch(() => { /* whoever waits for it is told; nobody may be waiting yet */ })
    this.worker.postMessage(spent.length > 0 ? { log, spent } satisfies Ask : { log } satisfies Ask, spent)
    return answer
  }

  async stop(): Promise<void> { await this.worker.terminate() }
}

/** What is told of a log besides its events. */
export interface Told {
  rejects(rejects: readonly object[]): void
  end(end: NonNullable<Answer['end']>): void
}

/** Reads logs in threads of their own. */
export class Reading {
  private readonly threads: ReadingThread<Answer>[] = []
  private readonly threadOf = new Map<number, ReadingThread<Answer>>()

  /** @param threads how many at the most; logs are dealt out in turn. */
  constructor(private readonly assignment: Omit<Assignment, 'logs'>, private readonly logs: Assignment['logs'], threads: number) {
    const shares = Array.from({ length: Math.max(1, Math.min(threads, logs.length)) }, (_, i) => logs.filter((__, at) => at % Math.max(1, Math.min(threads, logs.length)) === i))
    for (const share of shares) {
      const thread = new ReadingThread<Answer>(new URL('./reader.js', import.meta.url))
      thread.assign<Assignment>({ ...assignment, logs: share })
      this.threads.push(thread)
      for (const { number } of share) this.threadOf.set(number, thread)
    }
  }

  /** Facts of every log, in the order of its lines. */
  streams(told: Told): AsyncGenerator<Facts[]>[] { return this.logs.map(({ number }) => this.read(number, told)) }

  private async *read(number: number, told: Told): AsyncGenerator<Facts[]> {
    const thread = this.threadOf.get(number)!
    const asked = Array.from({ length: AHEAD }, () => thread.ask(number))
    for (;;) {
      const answer = await asked.shift()!
      if (answer.failure !== undefined) throw new Error(answer.failure)
      if (answer.unsuited !== undefined) throw new Unsuited(answer.unsuited)
      told.rejects(answer.rejects)
      if (answer.end === undefined) asked.push(thread.ask(number))
      for (const parts of answer.blocks) yield new Block(parts, this.assignment.wanted.length).facts()
      if (answer.end === undefined) continue
      told.end(answer.end)
      return
    }
  }

  async stop(): Promise<void> { await Promise.all(this.threads.map(thread => thread.stop())) }
}
