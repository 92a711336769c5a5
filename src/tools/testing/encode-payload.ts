/** What goes over the wire for a payload, and the media type that says so. */
export interface EncodedPayload {
  readonly body: string | Uint8Array | undefined;
  readonly type: string | undefined;
}

/** Objects as JSON, URLSearchParams as a form, strings and bytes as they are. */
export function encodePayload(payload: unknown): EncodedPayload {
  if (payload === undefined) return { body: undefined, type: undefined };
  if (typeof payload === 'string') return { body: payload, type: 'text/plain; charset=utf-8' };
  if (payload instanceof Uint8Array) return { body: payload, type: 'application/octet-stream' };
  if (payload instanceof URLSearchParams)
    return { body: payload.toString(), type: 'application/x-www-form-urlencoded' };
  return { body: JSON.stringify(payload), type: 'application/json' };
}
