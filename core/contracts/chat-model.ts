import * as z from 'zod';

/**
 * Where a language model is: any endpoint that speaks OpenAI's chat completions. Amazon Bedrock does too, under
 * `https://bedrock-runtime.<region>.amazonaws.com/openai/v1` with a Bedrock API key.
 */
export const ChatModelSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  model: z.string().min(1),
});
export type ChatModel = z.output<typeof ChatModelSchema>;
