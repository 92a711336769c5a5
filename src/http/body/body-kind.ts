/** The shapes in which a request body can be read. */
export type BodyKind = 'json' | 'form' | 'text' | 'bytes' | 'stream' | 'multipart';
