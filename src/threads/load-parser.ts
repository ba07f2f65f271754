/** Gives a reading thread the parsers it needs. The build puts those that a bundle holds in the place of this module. */
import type { Parser } from '../read/parser.js'

/** @param url of the file that defines the parser, as its default export. */
export const loadParser = async (url: string): Promise<Parser> => (await import(url) as { default: Parser }).default
