import type { ErrorTable, JsonSchema } from '@hearth/protocol'

const text = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'string', description, ...more })

/** RFC 9457, as every refusal of every path has it. */
export const problemSchema = (errors: ErrorTable): JsonSchema => ({
  type: 'object',
  description: 'Why not (RFC 9457). Programs go by `code`, which stays; people read `title` and `detail`.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: text('`urn:hearth:error:` and the code.'),
    title: text('What the code means.'),
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of the answer, once more.' },
    detail: text('What it was this time.'),
    code: text('Stable: `area.what-happened`. More may come with time.', {
      pattern: '^[a-z][a-z-]*\\.[a-z][A-Za-z-]*$',
      examples: Object.keys(errors),
    }),
    requestId: text('What the log of the server has it under.'),
    issues: {
      type: 'array',
      description: 'What is wrong with an input, field by field.',
      items: { $ref: '#/components/schemas/ProblemIssue' },
    },
  },
})

export const problemIssueSchema: JsonSchema = {
  type: 'object',
  required: ['path', 'message'],
  properties: {
    path: text('The field, with dots between: `calls.0.input`.'),
    message: text('What it must be.'),
  },
}

/** Their names are those of the components. */
export const parameters: Readonly<Record<string, JsonSchema>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same key again within 8 days gets the first answer, byte for byte, with `Idempotency-Replayed: true`. Keys belong to caller and operation, by whichever path it is reached. With another input: 422.',
    schema: { type: 'string', pattern: '^[!-~]([ -~]{0,198}[!-~])?$', minLength: 1, maxLength: 200 },
  },
  HearthPosition: {
    name: 'Hearth-Position',
    in: 'header',
    required: false,
    description:
      'What an earlier answer said in this header: the read sees at least that. Several with commas between. Only needed where several servers share the work.',
    schema: {
      type: 'string',
      minLength: 3,
      maxLength: 19,
      pattern: '^([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])\\.[0-9]{1,15}$',
    },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of what the caller has: where it is still that, the answer is 304 without a body.',
    schema: { type: 'string' },
  },
}

const header = (description: string, schema: JsonSchema = { type: 'string' }): JsonSchema => ({ description, schema })

export const headers: Readonly<Record<string, JsonSchema>> = {
  'Hearth-Position': header('Up to where in the log this answer rests. A read that sends it back waits for it.', {
    type: 'string',
    pattern: '^[0-9]{1,3}\\.[0-9]{1,15}$',
  }),
  'Idempotency-Replayed': header('`true` when this is the answer that the key was given before.', {
    type: 'string',
    enum: ['true'],
  }),
  'X-Request-Id': header('The caller’s own, where it sent a plain one; what the log has this call under.'),
  'Retry-After': header('Seconds after which it is worth trying again.', { type: 'integer', minimum: 1 }),
  'WWW-Authenticate': header('How to show who calls.'),
  ETag: header('Of this content. Sent back as `If-None-Match` it saves the answer.'),
}

export const securitySchemes: Readonly<Record<string, JsonSchema>> = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key: the owner’s, which the server keeps in `owner.key` of its data folder, or another.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'hearth_session_4600',
    description:
      'The session of a browser that signed in. The name ends with the port under which the browser knows the server. What is no GET must come from the server’s own pages.',
  },
}

export const referTo = (names: readonly string[]): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
