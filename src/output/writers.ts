/** The ways records are written. Every writer takes any record; none looks at what the run was for. */
import { toRfc3339 } from '../read/time.js'
import { csvWriter } from './csv.js'
import type { Sink } from './sink.js'
import { tableWriter } from './table.js'

/** Writes records one after the other, as they are: what only some formats show is added by whoever calls. */
export interface Writer {
  write(record: object): Promise<void> | void
  end(): Promise<void> | void
}

/** What a writer is told. `fields` are the paths asked for, if any; `width` is that of the terminal, in columns. */
export interface WriterOptions { readonly fields?: readonly string[] | undefined, readonly width?: number | undefined, readonly color?: boolean | undefined }

/** Formats of `--format`; `auto` is settled by the caller. */
export const WRITERS: Readonly<Record<string, (sink: Sink, options: WriterOptions) => Writer>> = {
  ndjson: sink => ({
    write: record => sink.write(`${JSON.stringify(record)}\n`),
    end() { /* nothing is held back */ },
  }),
  json: sink => {
    let first = true
    return {
      write(record) {
        const text = `${first ? '[\n' : ',\n'}${JSON.stringify(record)}`
        first = false
        return sink.write(text)
      },
      end: () => sink.write(first ? '[]\n' : '\n]\n'),
    }
  },
  csv: csvWriter,
  table: tableWriter,
}

/** Adds `time` behind `id` where a record has only `ts_ms`: it is made on output, since nobody computes with it. */
export function withTime(record: object): object {
  const { ts_ms: at, time, type, id, ...rest } = record as { ts_ms?: number, time?: string, type?: string, id?: string }
  if (at === undefined || time !== undefined || id === undefined) return record
  return { type, id, time: toRfc3339(at), ts_ms: at, ...rest }
}
