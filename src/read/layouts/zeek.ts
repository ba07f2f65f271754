/** Zeek logs in either writer: TSV under `#fields`, or JSON lines; one file may even hold both after a change of settings. */
import { skip, type Head, type ParserContext } from '../parser.js'
import type { CellReader, Layout } from '../table.js'
import { jsonLines } from './json.js'
import { separated } from './separated.js'

/** Zeek's test suite writes this for every time. */
export const MASKED_TIME = 'XXXXXXXXXX.XXXXXX'

/** The columns a Zeek file has: those of `#fields`, or the keys of its first JSON lines (unset ones are left out); undefined when it is no Zeek log. */
export function zeekColumns(head: Head): ReadonlySet<string> | undefined {
  const header = head.lines.find(line => line.startsWith('#fields'))
  if (header) return new Set(header.split(/[\t ,|]/).slice(1))
  const keys = new Set<string>()
  for (let index = 0; index < Math.min(head.lines.length, 20); index++) {
    const object = head.json(index)
    if (object && 'ts' in object && 'uid' in object) for (const key of Object.keys(object)) keys.add(key)
  }
  return keys.size === 0 ? undefined : keys
}

/** The log's name where the file states it (`#path`, `_path`, `@stream`). */
export function zeekPath(head: Head): string | undefined {
  const header = head.lines.find(line => line.startsWith('#path'))
  if (header) return header.slice(5).trim()
  const object = head.json(head.lines.findIndex(line => line.startsWith('{')))
  const stated = object?._path ?? object?.['@stream']
  return typeof stated === 'string' ? stated : undefined
}

/** What every record of any Zeek log is bound to: its log's name, a connection, or a file's or certificate's id. Other programs' lines have none of them. */
const BOUND = ['_path', '@stream', 'uid', 'id', 'id.orig_h', 'id_orig_h', 'fuid', 'fingerprint', 'certificate.subject', 'certificate_subject', 'certificate']

const isRecord = (object: Record<string, unknown>): boolean => BOUND.some(key => key in object) && (object.id === undefined || typeof object.id !== 'number')

/** A layout that reads a line starting with `{` as JSON and any other as Zeek TSV. `isOther` knows records of a log of the same columns. */
export function zeekLog(isOther: (object: Record<string, unknown>) => boolean = () => false): Layout {
  const json = jsonLines(object => isRecord(object) && !isOther(object) ? undefined : skip('not-an-event', 'no record of this log'))
  const tsv = separated({ header: 'zeek' })
  return {
    kind: 'zeek',
    absent: [...tsv.absent, '(empty)'],
    narrows: true,
    open(wanted: readonly string[], context: ParserContext): CellReader {
      const readers = { json: json.open(wanted, context), tsv: tsv.open(wanted, context) }
      let last = readers.tsv
      return {
        get names() { return last.names },
        read(text) {
          last = text.charCodeAt(0) === 123 ? readers.json : readers.tsv
          return last.read(text)
        },
      }
    },
  }
}
