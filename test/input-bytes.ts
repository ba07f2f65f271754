// bytes in chunks, and Problems by their code, for tests of inputs
import assert from 'node:assert/strict'
import { Problem, type ProblemCode } from '../src/problem.js'

/** Random tests draw the same every time. */
export const SEED = 20260101

/** Bytes, chunk by chunk. */
export async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** Takes an error for what it has to be. */
export function hasCode(code: ProblemCode, message?: RegExp): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code)
    if (message !== undefined) assert.match(error.message, message)
    return true
  }
}
