/** The inputs are not of a kind that can be read in this way; nothing has been lost. */
export class Unsuited extends Error {}
