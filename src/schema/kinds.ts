/**
 * Small zod kinds shared by the three records.
 *
 * Every kind refuses sentinels: a value that a log writes for "none" (`-`, `""`, `0`, `null`) has no place in a record.
 */
import { z } from 'zod'

/** Non-empty text. */
export const text = z.string().min(1)

/** A whole number of zero or more. */
export const count = z.int().min(0)

/** Milliseconds (or another unit named by the path), zero or more; fractions allowed. */
export const amount = z.number().min(0)

/** A TCP or UDP port, 1 to 65535. */
export const port = z.int().min(1).max(65535)

/** An IP address in canonical spelling (RFC 5952, IPv4-mapped unwrapped); the spelling is made at the event seam. */
export const ip = z.string().regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/)

/** A host name as the join uses it: lower case, A-label, no trailing dot. */
export const name = z.string().min(1).max(255).regex(/^[^\sA-Z]*[^\sA-Z.]$/)

/** An HTTP status, 100 to 999; "no response" is an absent field, never 0. */
export const status = z.int().min(100).max(999)

/** Epoch milliseconds; the fraction keeps microseconds. */
export const epochMs = z.number()

/** RFC 3339, UTC, always six decimals. */
export const rfc3339 = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
