import { ephemeral, greeting, hour, type Asked, type Case } from './case.ts'

const says = (content: Asked['messages'] extends readonly (infer M)[] | undefined ? M : never): Asked => ({
  messages: [content],
})

export const prompts: readonly Case[] = [
  { what: 'a text', asked: {}, call: {} },
  {
    what: 'a system prompt as a text',
    asked: { system: 'Be brief' },
    call: { prompt: [{ role: 'system', content: 'Be brief' }, greeting] },
  },
  {
    what: 'a system prompt as blocks with marks of the cache',
    asked: {
      system: [
        { type: 'text', text: 'Be brief' },
        { type: 'text', text: 'Be kind', cache_control: hour },
      ],
    },
    call: {
      prompt: [
        { role: 'system', content: 'Be brief' },
        { role: 'system', content: 'Be kind', providerOptions: { anthropic: { cacheControl: hour } } },
        greeting,
      ],
    },
  },
  {
    what: 'a system message on the way',
    asked: {
      system: 'Be brief',
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Good day' },
        { role: 'system', content: 'From now on in French' },
        { role: 'user', content: 'Again' },
      ],
    },
    call: {
      prompt: [
        { role: 'system', content: 'Be brief' },
        greeting,
        { role: 'assistant', content: [{ type: 'text', text: 'Good day' }] },
        { role: 'system', content: 'From now on in French' },
        { role: 'user', content: [{ type: 'text', text: 'Again' }] },
      ],
    },
  },
  {
    what: 'blocks of text with marks of the cache',
    asked: says({
      role: 'user',
      content: [
        { type: 'text', text: 'One', cache_control: ephemeral },
        { type: 'text', text: 'Two', cache_control: null },
      ],
    }),
    call: {
      prompt: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'One', providerOptions: { anthropic: { cacheControl: ephemeral } } },
            { type: 'text', text: 'Two' },
          ],
        },
      ],
    },
  },
  {
    what: 'images',
    asked: says({
      role: 'user',
      content: [
        {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
          cache_control: ephemeral,
        },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png?b=c' } },
        { type: 'text', text: 'What is it?' },
      ],
    }),
    call: {
      prompt: [
        {
          role: 'user',
          content: [
            {
              type: 'file',
              mediaType: 'image/png',
              data: { type: 'data', data: 'iVBORw0KGgo=' },
              providerOptions: { anthropic: { cacheControl: ephemeral } },
            },
            {
              type: 'file',
              mediaType: 'image/*',
              data: { type: 'url', url: new URL('https://example.com/a.png?b=c') },
            },
            { type: 'text', text: 'What is it?' },
          ],
        },
      ],
    },
  },
  {
    what: 'documents',
    asked: says({
      role: 'user',
      content: [
        {
          type: 'document',
          title: 'Report',
          context: 'Of last year',
          citations: { enabled: true },
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          cache_control: ephemeral,
        },
        { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
        { type: 'document', title: 'Note', source: { type: 'text', media_type: 'text/plain', data: 'Milk' } },
      ],
    }),
    call: {
      prompt: [
        {
          role: 'user',
          content: [
            {
              type: 'file',
              mediaType: 'application/pdf',
              filename: 'Report',
              data: { type: 'data', data: 'JVBERi0=' },
              providerOptions: {
                anthropic: { context: 'Of last year', citations: { enabled: true }, cacheControl: ephemeral },
              },
            },
            {
              type: 'file',
              mediaType: 'application/pdf',
              data: { type: 'url', url: new URL('https://example.com/a.pdf') },
            },
            { type: 'file', mediaType: 'text/plain', filename: 'Note', data: { type: 'text', text: 'Milk' } },
          ],
        },
      ],
    },
  },
  {
    what: 'a beginning of the answer',
    asked: {
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'The answer is (' },
      ],
    },
    call: { prompt: [greeting, { role: 'assistant', content: [{ type: 'text', text: 'The answer is (' }] }] },
  },
  {
    what: 'an answer with citations',
    asked: {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'It is.',
              citations: [
                {
                  type: 'char_location',
                  cited_text: 'is',
                  document_index: 0,
                  document_title: null,
                  start_char_index: 0,
                  end_char_index: 2,
                },
              ],
            },
            { type: 'text', text: ' Really.', citations: null },
          ],
        },
        { role: 'user', content: 'Again' },
      ],
    },
    call: {
      prompt: [
        greeting,
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'It is.',
              providerOptions: {
                anthropic: {
                  citations: [
                    {
                      type: 'char_location',
                      cited_text: 'is',
                      document_index: 0,
                      document_title: null,
                      start_char_index: 0,
                      end_char_index: 2,
                    },
                  ],
                },
              },
            },
            { type: 'text', text: ' Really.' },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Again' }] },
      ],
    },
  },
]
