/** `panel.en.js`: what the loader imports when the conversation is first opened, in English. */

import { mountIn } from "./panel/panel";
import { texts } from "./panel/texts.en";

export const mount = mountIn(texts);
