import { asTool, hour, weather, withTools, type Case } from './case.ts'

export const tools: readonly Case[] = [
  {
    what: 'a tool with all that can be said of it',
    asked: {
      tools: [
        {
          ...weather,
          type: 'custom',
          description: 'Of a city',
          strict: true,
          input_examples: [{ city: 'Bern' }],
          defer_loading: true,
          allowed_callers: ['direct'],
          eager_input_streaming: true,
          cache_control: hour,
        },
      ],
    },
    call: {
      tools: [
        {
          ...asTool,
          description: 'Of a city',
          strict: true,
          inputExamples: [{ input: { city: 'Bern' } }],
          providerOptions: {
            anthropic: {
              deferLoading: true,
              allowedCallers: ['direct'],
              eagerInputStreaming: true,
              cacheControl: hour,
            },
          },
        },
      ],
      providerOptions: { anthropic: { toolStreaming: false } },
    },
  },
  {
    what: 'tools that Anthropic describes and the client runs',
    asked: {
      tools: [
        { type: 'bash_20250124', name: 'bash' },
        { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool', max_characters: 9000 },
        { type: 'memory_20250818', name: 'memory' },
      ],
    },
    call: {
      tools: [
        { type: 'provider', id: 'anthropic.bash_20250124', name: 'bash', args: {} },
        {
          type: 'provider',
          id: 'anthropic.text_editor_20250728',
          name: 'str_replace_based_edit_tool',
          args: { maxCharacters: 9000 },
        },
        { type: 'provider', id: 'anthropic.memory_20250818', name: 'memory', args: {} },
      ],
      providerOptions: { anthropic: { toolStreaming: false } },
    },
  },
  { what: 'no tools', asked: { tools: [] }, call: {}, arrives: { why: 'it is the same', as: { tools: undefined } } },
  ...(['auto', 'any', 'none'] as const).map((type) => ({
    what: `the choice of a tool: ${type}`,
    asked: { tools: [weather], tool_choice: { type } },
    call: { ...withTools, toolChoice: { type: type === 'any' ? ('required' as const) : type } },
  })),
  {
    what: 'the choice of one tool',
    asked: { tools: [weather], tool_choice: { type: 'tool', name: 'weather' } },
    call: { ...withTools, toolChoice: { type: 'tool', toolName: 'weather' } },
  },
  ...[true, false].map((isDisabled): Case => ({
    what: `tools side by side: ${String(!isDisabled)}`,
    asked: { tools: [weather], tool_choice: { type: 'any', disable_parallel_tool_use: isDisabled } },
    call: {
      tools: [asTool],
      toolChoice: { type: 'required' },
      providerOptions: {
        anthropic: { disableParallelToolUse: isDisabled, toolStreaming: false },
        openai: { parallelToolCalls: !isDisabled },
      },
    },
  })),
]
