/** The table of nginx's combined lines, for every format that holds such lines. */
import type { LineReader, ParserContext } from '../parser.js'
import type { Table } from '../table.js'
import { finishHttp, HTTP_READS } from './finish.js'
import { combined, openCombined } from './layouts.js'
import { HTTP_ALSO, HTTP_FIELDS } from './variables.js'

const TABLE: Table = { layout: combined(), fields: HTTP_FIELDS, also: HTTP_ALSO, constant: { type: 'http.request' }, finish: finishHttp, reads: HTTP_READS }

/** A reader of combined and common lines, with or without named values behind them. */
export const openNginxAccess = (context: ParserContext): LineReader => openCombined(TABLE, context)
