/** A reading thread's side of what it and the joining thread say to each other. */
import { parentPort } from 'node:worker_threads'
import type { Ask } from './messages.js'

/** An answer, and what of it is handed over without being copied. */
export interface Reply { readonly answer: object, readonly transfer: readonly ArrayBuffer[] }

/** What a thread is started with. It comes as a message, so that a thread can load its program before it is known what it is to read. */
export interface Start<Assignment> { readonly assignment: Assignment }

/**
 * Answers the thread that started this one, one request after the other.
 * @param start is given the assignment, and gives what answers; that it fails ends the thread.
 */
export function serve<Assignment>(start: (assignment: Assignment) => Promise<(ask: Ask) => Promise<Reply>>): void {
  const port = parentPort
  if (!port) return
  let last: Promise<unknown> = Promise.resolve()
  let answers: ((ask: Ask) => Promise<Reply>) | undefined
  port.on('message', (message: Start<Assignment> | Ask) => {
    last = last.then(async () => {
      if ('assignment' in message) {
        answers = await start(message.assignment)
        return
      }
      const { answer, transfer } = await answers!(message)
      port.postMessage(answer, transfer)
    })
  })
}
