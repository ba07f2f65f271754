/** Loads what every command but help needs. The build puts `load-bundle.ts` in the place of this module. */

/** @param _argv the words after the program's name; the bundle's loader asks them. */
export const loadRun = (_argv: readonly string[]): Promise<typeof import('./run.js')> => import('./run.js')
