/** The outside world for live input: the clock, waiting, standard input, and signals that stop the run cleanly. */
import type { LiveOptions } from '../live.js'
import { milliseconds, type Words } from './options.js'

/** Options for `--follow`. The first SIGINT or SIGTERM ends the run with everything flushed; the second ends it at once. */
export function liveOptions(words: Words): LiveOptions {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal)
    process.once(signal, () => stop.abort())
  }
  return {
    now: () => Date.now(),
    wait: ms => new Promise(resolve => {
      const done = (): void => {
        clearTimeout(timer)
        stop.signal.removeEventListener('abort', done)
        resolve()
      }
      // also a stopped run waits a moment: files are read between two looks, never during one
      const timer = setTimeout(done, stop.signal.aborted ? 5 : ms)
      stop.signal.addEventListener('abort', done)
    }),
    stop: stop.signal,
    stdin: process.stdin,
    latenessMs: milliseconds('lateness', words.lateness),
    idleMs: milliseconds('idle', words.idle),
  }
}
