/** Words that many caches use in the same sense. Vendors whose words mean something else declare their own. */

/** Cache word (lower case) to ours. */
export const CACHE_WORDS: Readonly<Record<string, string>> = {
  hit: 'hit', true: 'hit', 1: 'hit', yes: 'hit', tcp_hit: 'hit', tcp_mem_hit: 'hit', tcp_imshit: 'hit', tcp_ims_hit: 'hit', mem_hit: 'hit', remote_hit: 'hit', partial_hit: 'hit', parent_hit: 'hit', 'hit-fresh': 'hit',
  miss: 'miss', false: 'miss', 0: 'miss', no: 'miss', tcp_miss: 'miss', partial_miss: 'miss', cold: 'miss',
  expired: 'expired', tcp_expired_miss: 'expired', tcp_refresh_miss: 'expired', tcp_refresh_modified: 'expired',
  stale: 'stale', tcp_stale_hit: 'stale', hit_stale: 'stale', 'hit-stale': 'stale', tcp_ref_fail_hit: 'stale', tcp_refresh_fail_hit: 'stale',
  updating: 'updating', revalidated: 'revalidated', refresh_hit: 'revalidated', refreshhit: 'revalidated', tcp_refresh_hit: 'revalidated', tcp_refresh_unmodified: 'revalidated', revalidate: 'revalidated',
  bypass: 'bypass', pass: 'bypass', hitpass: 'bypass', 'hit-pass': 'bypass', nocache: 'bypass', no_cache: 'bypass', uncacheable: 'bypass', private: 'bypass', tcp_bypass: 'bypass',
  dynamic: 'dynamic', error: 'error', none: 'none', unknown: 'unknown',
}
