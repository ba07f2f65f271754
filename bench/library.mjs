/** The compiled library that the benches measure: `dist`, or the folder that LOGJOIN_DIST names (a build of one's own beside it). */
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = process.env.LOGJOIN_DIST ? resolve(process.env.LOGJOIN_DIST) : fileURLToPath(new URL('../dist', import.meta.url))

/** A module of the compiled library, by its path in it: `load('src/event/source.js')`. */
export const load = path => import(pathToFileURL(`${root}/${path}`).href)
