/** The threads that read logs by briefs, as the joining thread sees them. */
import { availableParallelism } from 'node:os'
import { ReadingThread } from '../threads/reading.js'
import type { BriefAnswer, BriefAssignment } from './messages.js'

/** A reading thread makes little that lasts. With the usual young generation it holds thrice as much for nothing. */
const LIMITS = { maxYoungGenerationSizeMb: 8 }

/** A few threads, among which logs are dealt out. */
export class Readers {
  private readonly threads: readonly ReadingThread<BriefAnswer>[]

  /**
   * Starts the threads, which load their program at once: meanwhile the logs can be looked at.
   * @param jobs threads at the most; by default one for each core but the one that joins, which has as much to do: two threads for two cores
   * took up to an eighth more processor time and were no faster, since each of them loads and warms up. @param logs how many there are to read.
   */
  constructor(jobs: number | undefined, logs: number) {
    const count = Math.max(1, Math.min(jobs ?? availableParallelism() - 1, logs))
    this.threads = Array.from({ length: count }, () => new ReadingThread<BriefAnswer>(new URL('./reader.js', import.meta.url), LIMITS))
  }

  private threadOf(log: number): number { return log % this.threads.length }

  /** Says what is to be read; before anything is asked for. */
  assign(assignment: BriefAssignment): void {
    this.threads.forEach((thread, number) => thread.assign<BriefAssignment>({ ...assignment, logs: assignment.logs.filter(log => this.threadOf(log.number) === number) }))
  }

  /** More of a log, by its number. `spent` are buffers that its thread may use again. */
  ask(log: number, spent: ArrayBuffer[] = []): Promise<BriefAnswer> { return this.threads[this.threadOf(log)]!.ask(log, spent) }

  async stop(): Promise<void> { await Promise.all(this.threads.map(thread => thread.stop())) }
}
