import * as z from 'zod';
import type { Complete } from '../../core/chat/choose.ts';
import type { ChatModel } from '../../core/contracts/chat-model.ts';

const AnswerSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

/** A choice is a few characters; whatever takes longer is not worth waiting for. */
const TIMEOUT_MS = 6_000;
const LONGEST_ANSWER_TOKENS = 50;

/**
 * Asks the model once. Errors are the caller's to ignore: without an answer it goes on as if there were no model.
 *
 * @param readKey - the key that the endpoint asks for; null: it asks for none
 */
export const chatCompletions =
  ({ url, model }: ChatModel, readKey: () => Promise<string | null>): Complete =>
  async (system, user) => {
    const key = await readKey();
    const response = await fetch(`${url.replace(/\/$/, '')}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        model,
        temperature: 0,
        max_tokens: LONGEST_ANSWER_TOKENS,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the language model answered ${response.status}`);
    return AnswerSchema.parse(await response.json()).choices[0]?.message.content ?? '';
  };
